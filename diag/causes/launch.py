"""Causes that a launch as a whole shows: what was started, when it listened, how its workers fared."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Rival, Seen
from diag.causes.judged import judged

_R10 = "https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout"

LAUNCH = (
    Cause(
        id="dependency/server-missing",
        level=Level.FAIL,
        codes=("H10",),
        title="The Procfile starts {command}, which is not installed.",
        when=(
            *judged("server-missing", Fact.PROJECT_COMMAND),
            # Status 127 without the shell's words.
            Seen(Fact.LAUNCH, fault="server-not-found", unsaid="True", confidence=Confidence.LIKELY),
            Seen(Fact.LAUNCH, fault="server-not-found"),
        ),
        why="The shell of the dyno does not find the web server (status 127), so no process listens and "
        "the router answers each request with H10. Only what the requirements name is installed.",
        fix=(
            "printf '\\n{command}\\n' >> requirements.txt   (uv add {command}; poetry add {command})",
            'git commit -am "Require {command}" && git push heroku main',
            "Is it in the requirements already? heroku buildpacks   (heroku/python must be there, and last)",
        ),
        docs="https://devcenter.heroku.com/articles/python-gunicorn",
        over=("procfile/command-not-found",),
    ),
    Cause(
        id="boot/too-slow",
        level=Level.FAIL,
        codes=("R10", "H10", "H20"),
        title="The work before the port is bound takes longer than the boot limit of 60 s.",
        when=(
            *judged("slow-start", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            Seen(Fact.LAUNCH, fault="listening-late", confidence=Confidence.CERTAIN),
            Seen(Fact.LAUNCH, fault="slow"),
            Seen(Fact.LAUNCH, fault="silent-server", confidence=Confidence.POSSIBLE),
        ),
        why="Heroku kills a web process that has not bound $PORT within 60 s of launch (R10). Models that "
        "load, migrations and downloads before that count; gunicorn binds first, but not with --preload.",
        fix=(
            "In Procfile: web: gunicorn app:app   (without --preload gunicorn binds the port at once)",
            "Load the model in a thread after the start, and answer 503 until it is there",
            "Move migrations into the release phase. In Procfile: release: python manage.py migrate",
            "heroku run python -m diag   (how long does each step of the boot take?)",
        ),
        docs=_R10,
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("port/hardcoded", "the server listens, on another port, and does not say so"),
            Rival("procfile/worker-as-web", "what is started has no web server at all"),
        ),
    ),
    Cause(
        id="boot/worker-timeout-loop",
        level=Level.FAIL,
        codes=("H12",),
        title="gunicorn kills each worker while it still loads the app, {count} times.",
        when=(
            Seen(Fact.LAUNCH, fault="timeout-loop", confidence=Confidence.CERTAIN),
            Seen(Fact.LAUNCH, fault="second-server", confidence=Confidence.CERTAIN),
            Seen(Fact.LAUNCH, fault="timeout-loop-likely"),
        ),
        why="A worker that shows no sign of life for --timeout seconds (30 by default) is killed and begun "
        "anew. gunicorn 21 and older count loading the app too, so one that loads longer never serves; the "
        "port is bound, and requests wait until H12.",
        fix=(
            'If it says "Running on": put app.run(…) below if __name__ == "__main__":   (it never returns)',
            "In Procfile: web: gunicorn app:app --timeout 120   (as long as loading takes)",
            "printf '\\ngunicorn>=23\\n' >> requirements.txt   (later ones wait for the app to load)",
            "Load the model after the start, in a thread.",
        ),
        docs="https://docs.gunicorn.org/en/stable/settings.html#timeout",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival(
                "model/fork-deadlock", "with --preload and TensorFlow each worker hangs at its first request"
            ),
            Rival("request/worker-timeout", "the access log shows requests that were answered before"),
        ),
        over=("request/worker-timeout", "request/too-slow", "request/queueing"),
    ),
)
