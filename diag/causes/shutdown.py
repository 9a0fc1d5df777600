"""How dynos stop."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen
from diag.causes.judged import judged

SHUTDOWN = (
    Cause(
        id="shutdown/exit-timeout",
        level=Level.FAIL,
        codes=("R12",),
        title="{keeper} gives its requests {graceful_timeout} s to end, and Heroku kills it after 30 s.",
        title_without="The {process} process does not stop within 30 s of SIGTERM, so it is killed.",
        when=(
            *judged("exit-timeout", Fact.PROJECT_COMMAND),
            *judged("term-ignored", Fact.PROJECT_SOURCE),
            Seen(Fact.LOG_R12),
        ),
        why="At each deploy, restart and daily cycling Heroku sends SIGTERM to every process of the dyno. "
        "What runs 30 s later gets SIGKILL (R12, status 137): its requests and jobs are lost.",
        fix=(
            "In {ignored_in}, line {line}: leave SIGTERM to the server, or end in the handler",
            "In {in_file}: {right}   (in place of {wrong})",
            "In Procfile: {web}: gunicorn app:app --graceful-timeout 20   (below 30)",
            "In Procfile, if a script starts the server: {web}: exec gunicorn … in its last line",
            "Jobs of {other} must stop by themselves: Celery: REMAP_SIGTERM=SIGQUIT celery -A app worker",
            "{other} is a loop of your own: signal.signal(signal.SIGTERM, …) sets a flag that the loop asks",
            "Threads that never end: threading.Thread(…, daemon=True)",
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#r12-exit-timeout",
    ),
    Cause(
        id="shutdown/normal-cycling",
        level=Level.INFO,
        codes=(),
        title="Dynos were stopped by SIGTERM as they should be, and nothing is wrong with it.",
        when=(
            Seen(Fact.DYNO_STOP, fault="normal"),
            Seen(Fact.LOG_H13, Fact.LOG_H18, fault="stopped"),
        ),
        why="Heroku restarts each dyno once a day, and at deploys, scaling and changes of config vars. "
        'Status 143 is an exit by SIGTERM; gunicorn 21 and later log "was sent SIGTERM!" meanwhile.',
        fix=(
            "Nothing to do.",
            "{code} at such a moment: let gunicorn end what it has begun, with --graceful-timeout 20",
        ),
        docs="https://devcenter.heroku.com/articles/dyno-restarts",
    ),
)
