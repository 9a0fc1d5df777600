"""R codes: what the dyno manager logs about a dyno. Source: Dev Center `error-codes`."""

from diag.codes.code import ERROR_CODES, READ_LOG, Code

_METRICS = "heroku labs:enable log-runtime-metrics && heroku restart   (memory every 20 s, on Cedar)"

DYNO = (
    Code(
        "R10",
        "Boot timeout",
        "The web process did not listen on $PORT within 60 s of launch. It is killed (exit 137), the dyno "
        "goes from starting to crashed, and requests get H10 or H20.",
        (READ_LOG, "heroku run python -m diag   (how long does each step of the boot take?)"),
        f"{ERROR_CODES}#r10-boot-timeout",
        (
            "port/hardcoded",
            "port/bound-to-localhost",
            "procfile/worker-as-web",
            "boot/too-slow",
            "model/load-slow",
            "port/fixed-by-config-var",
        ),
    ),
    Code("R11", "Bad bind", "The process bound another port than $PORT. Logged no more; today it is R10."),
    Code(
        "R12",
        "Exit timeout",
        "The process did not stop within 30 s of SIGTERM and was killed. Requests in progress were cut off.",
        docs=f"{ERROR_CODES}#r12-exit-timeout",
        causes=("shutdown/exit-timeout",),
    ),
    Code(
        "R13",
        "Attach error",
        "The client of heroku run did not join its dyno within 30 s; a firewall on port 5000 is usual.",
        ("heroku run:detached COMMAND",),
        f"{ERROR_CODES}#r13-attach-error",
    ),
    Code(
        "R14",
        "Memory quota exceeded",
        "The dyno's rss, swap and page cache together are over its quota. It goes on and swaps, so it is "
        "slow. The line above says how much: mem=590M(115.2%) is 590 MB of 512.",
        (READ_LOG, _METRICS, "heroku run python -m diag   (what the imports and the model take)"),
        f"{ERROR_CODES}#r14-memory-quota-exceeded",
        (
            "memory/too-many-workers",
            "memory/leak",
            "memory/over-quota",
            "memory/spike",
            "memory/page-cache-counted",
        ),
    ),
    Code(
        "R15",
        "Memory quota vastly exceeded",
        "The dyno's rss and swap are far over its quota (twice, on most sizes), and it is killed: exit 137.",
        (READ_LOG, _METRICS),
        f"{ERROR_CODES}#r15-memory-quota-vastly-exceeded",
        ("memory/leak", "memory/too-many-workers", "memory/spike", "memory/killed"),
    ),
    Code(
        "R16",
        "Detached",
        "A dyno of heroku run goes on though its client has left.",
        ("heroku ps", "heroku ps:stop run.1234   (its own number)"),
        f"{ERROR_CODES}#r16-detached",
    ),
    Code(
        "R17",
        "Checksum error",
        "The slug that arrived on the dyno is not the one that was built. The line says Checksum does match, "
        "and means the contrary.",
        ('git commit --allow-empty -m "Build again" && git push heroku main',),
        f"{ERROR_CODES}#r17-checksum-error",
        ("platform/checksum",),
    ),
    Code(
        "R99",
        "Platform error",
        "The platform could not start or run the dyno.",
        ("https://status.heroku.com", "heroku restart"),
        f"{ERROR_CODES}#r99-platform-error",
        ("platform/incident",),
    ),
)
