"""While it serves: memory, requests, stops, services, the platform, the log itself."""

from diag.meanings.meaning import Meaning

RUNNING = {
    "memory/over-quota": Meaning("PCLD", "one worker alone needs more memory than the dyno has."),
    "memory/too-many-workers": Meaning("PCLD", "one worker fits into the dyno, and all of them do not."),
    "memory/leak": Meaning("CLD", "memory grows steadily until it is over the quota."),
    "memory/spike": Meaning("LD", "single requests or loads push memory over the quota, and it falls back."),
    "memory/killed": Meaning("LD", "the kernel or the platform killed a process for its memory."),
    "memory/page-cache-counted": Meaning(
        "CLD", "only page cache, which the kernel gives back, lifts the total over the quota."
    ),
    "memory/thread-limit": Meaning("CLD", "the dyno's limit of processes and threads is reached."),
    "request/too-slow": Meaning("LD", "the first byte of an answer takes longer than 30 s."),
    "request/worker-timeout": Meaning("LD", "gunicorn killed a worker that was still answering."),
    "request/queueing": Meaning("LD", "requests wait for a free worker, while the app itself is fast."),
    "request/keepalive-race": Meaning(
        "PL", "the app closes idle connections before the router does; only POST requests fail."
    ),
    "request/stream-broken": Meaning("LD", "the app failed after it had sent the headers."),
    "request/idle-connection": Meaning("LD", "an answer was silent for 55 s in its middle."),
    "request/client-gave-up": Meaning("L", "the client closed the connection; the app did nothing wrong."),
    "request/bad-response": Meaning("LD", "the answer breaks HTTP, or a limit of its headers."),
    "request/connection-refused": Meaning("LD", "the dyno is up and accepts no connection."),
    "request/unhandled-exception": Meaning("LD", "requests raise an exception and are answered with 500."),
    "shutdown/exit-timeout": Meaning("PLD", "the process does not stop within 30 s of SIGTERM."),
    "shutdown/normal-cycling": Meaning(
        "L", "a daily restart, a deploy or scaling stopped the dyno; SIGTERM and 143 are normal then."
    ),
    "service/database-unreachable": Meaning("LD", "the database refuses the connection, or does not answer."),
    "service/redis-certificate": Meaning(
        "LD", "the certificate of Redis is self-signed, and the client verifies it."
    ),
    "service/database-not-migrated": Meaning(
        "LD", "a table or a column is not there: the migrations have not run on this database."
    ),
    "platform/incident": Meaning("L", "the platform itself failed."),
    "platform/checksum": Meaning("L", "the slug that arrived is not the slug that was built."),
    "platform/slow-start": Meaning("L", "H20 without R10: the platform's part of the boot was slow."),
    "log/gap": Meaning("L", "lines were dropped, so a line that is missing proves nothing."),
    "log/secrets-exposed": Meaning("L", "the app prints credentials into its log."),
    "log/too-short": Meaning("L", "the log begins after the cause, or ends before it."),
}
