"""Causes about $PORT: what it holds and who listens on it."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Pattern, Seen
from diag.causes.judged import judged
from diag.causes.raised import RAISED

_R10 = "https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout"
_CONFIG_VARS = "https://devcenter.heroku.com/articles/config-vars"

PORT = (
    Cause(
        id="port/env-invalid",
        level=Level.FAIL,
        codes=("H10",),
        title="{server} is given {port} for its port, and no shell puts the number in its place.",
        title_without="PORT is unset or no port number: the web process can't listen where the router calls.",
        when=(
            *judged("port-literal", Fact.PROJECT_COMMAND, Fact.PROJECT_SOURCE),
            Seen(Fact.PORT_VARIABLE, at_least=Level.FAIL),
            Seen(Fact.BOOT_SERVER, fault="port"),
            Seen(Fact.LAUNCH, fault="not-a-port"),
            Seen(*RAISED, fault=("variable", "variable-value"), variable="PORT"),
        ),
        over=("config/invalid-value", "config/missing-var"),
        why="Heroku gives every web dyno a port in $PORT and sends requests there. With a value that is "
        "no port the server stops or listens elsewhere, and the router answers H10.",
        fix=(
            "In {in_file}: {right}   (in place of {wrong})",
            "heroku config:unset PORT   (Heroku sets it anew for each dyno)",
            "In Procfile: web: gunicorn app.wsgi:app   (gunicorn binds 0.0.0.0:$PORT by itself)",
            "Off a dyno: PORT=5000 gunicorn app.wsgi:app",
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#h10-app-crashed",
    ),
    Cause(
        id="port/bound-to-localhost",
        level=Level.FAIL,
        codes=("R10", "H10", "H20"),
        title="The web process listens on {address}, where the router can't reach it.",
        when=(
            *judged("bound-to-localhost", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            Seen(Fact.PORT_LISTENER, fault="localhost"),
        ),
        why="Heroku sends requests to $PORT on every interface, and kills a web process that has not "
        "bound it within 60 s (R10). With no process left, the router answers each request with H10.",
        fix=(
            "In {in_file}: {right}   (in place of {wrong})",
            "In Procfile: web: gunicorn app.wsgi:app --bind 0.0.0.0:$PORT",
            'In code: app.run(host="0.0.0.0", port=int(os.environ["PORT"]))',
            'git commit -am "Bind all interfaces" && git push heroku main',
            "uvicorn needs both: uvicorn main:app --host 0.0.0.0 --port $PORT",
        ),
        docs=_R10,
    ),
    Cause(
        id="port/hardcoded",
        level=Level.FAIL,
        codes=("R10", "H10", "H20"),
        title="The web process listens on port {port}, and Heroku calls {expected}.",
        when=(
            *judged("hardcoded", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            Seen(Fact.PORT_LISTENER, fault="other-port"),
        ),
        why="Heroku chooses $PORT anew for each dyno and kills a web process that has not bound it "
        "within 60 s (R10). A port written into the code or the Procfile is never the right one.",
        fix=(
            "In {in_file}: {right}   (in place of {wrong})",
            "In Procfile: web: gunicorn app.wsgi:app --bind 0.0.0.0:$PORT",
            'In code: app.run(host="0.0.0.0", port=int(os.environ["PORT"]))',
            'git commit -am "Listen on $PORT" && git push heroku main',
        ),
        docs=_R10,
    ),
    Cause(
        id="port/already-in-use",
        level=Level.FAIL,
        codes=("H10",),
        title="Two servers in one dyno want the same port.",
        when=(
            *judged("server-at-import", Fact.PROJECT_SOURCE),
            Seen(Fact.LAUNCH, fault="in-use"),
            Seen(*RAISED, chain=Pattern(r"\[Errno (?:98|48)\] .{0,200}?[Aa]ddress already in use")),
        ),
        why="$PORT is this dyno's alone, so the other server was started by the app itself: app.run() at "
        "import under gunicorn, or a command that starts two.",
        fix=(
            'In code: put app.run(…) below if __name__ == "__main__":',
            "In Procfile: one server only, such as web: gunicorn app:app",
            'git commit -am "Start one server" && git push heroku main',
        ),
        docs="https://docs.gunicorn.org/en/stable/run.html",
    ),
    Cause(
        id="port/fixed-by-config-var",
        level=Level.WARN,
        codes=("R10", "H21"),
        title="app.json makes PORT a config var, which overrides the port Heroku chooses.",
        when=(Seen(Fact.CONFIG_VALUE, fault="fixed-port"),),
        why="Heroku chooses a free port for each dyno. A fixed one may be taken, or not be the one the "
        "router calls.",
        fix=("Remove PORT from app.json.", "heroku config:unset PORT"),
        docs=_CONFIG_VARS,
    ),
)
