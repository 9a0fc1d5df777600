"""Causes about what the Procfile starts."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import AT_BOOT

_PROCFILE = "https://devcenter.heroku.com/articles/procfile"
_PUSH = 'git commit -am "Fix the Procfile" && git push heroku main'
# What preflight knows to the word. Its titles are those with names that no log tells.
_EXCHANGE = "In {in_file}: {right}   (in place of {wrong})"

PROCFILE = (
    Cause(
        id="procfile/wrong-target-module",
        level=Level.FAIL,
        codes=("H10",),
        title="{by} is told to import {told}, and there is no such module where it looks.",
        title_without="The web server is told to import {wanted}, and the project has no such module.",
        when=(
            *judged("wrong-target-module", Fact.PROJECT_COMMAND),
            Seen(*AT_BOOT, fault="target-module", wanted=Pattern(r".")),
            Seen(
                *AT_BOOT,
                chain=Pattern(r"Failed to find application, did you mean '(?P<meant>[^']+)'"),
                target=Pattern(r"^(?P<wanted>[^:]+)"),
            ),
            Seen(*AT_BOOT, chain=Pattern(r"Failed to find application, did you mean '(?P<meant>[^']+)'")),
            Seen(Fact.LAUNCH, fault=("asgi", "celery-app-missing"), module=Pattern(r"^(?P<wanted>.+)$")),
            Seen(
                Fact.LAUNCH,
                fault="flask-app-missing",
                text=Pattern(r"Could not import ['\"]?(?P<wanted>[\w.]+)"),
            ),
            Seen(Fact.LAUNCH, fault="flask-app-missing", text=Pattern(r"Could not locate")),
        ),
        why="In module:attribute the module is the file's path below the folder the server starts in, "
        "with dots for slashes and without .py.",
        fix=(
            _EXCHANGE,
            "In Procfile: web: gunicorn {meant}",
            "The project has {own_file}. In Procfile, replace {target} by {own_import}:app",
            "ls *.py */*.py   (which file creates the app? main.py makes it main:app)",
            "git ls-files | grep -i {wanted}   (is it committed, with the same capitals?)",
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/wrong-target-attribute",
        level=Level.FAIL,
        codes=("H10",),
        title="{by} finds no app where it is told to look: {reason}",
        title_without="The web server finds no WSGI app where the Procfile points: {reason}",
        when=(
            *judged("wrong-target-attribute", Fact.PROJECT_COMMAND),
            Seen(*AT_BOOT, chain=Pattern(r"^AppImportError: (?P<reason>.+)")),
            Seen(
                Fact.BOOT_IMPORT,
                fault="target-attribute",
                chain=Pattern(r"^AttributeError: (?P<reason>.+)"),
            ),
            Seen(Fact.LAUNCH, fault="wsgi", of_module=Pattern(r"^(?P<module>.+)$"), reason=Pattern(r".")),
            Seen(Fact.LAUNCH, fault="wsgi"),
            Seen(Fact.LAUNCH, fault="app-failed-to-load", confidence=Confidence.LIKELY),
            Seen(
                Fact.LAUNCH,
                fault="asgi",
                attribute=Pattern(r"^(?P<reason>.+)$"),
                of_module=Pattern(r"^(?P<module>.+)$"),
            ),
        ),
        why="In module:attribute the attribute is the name of the app in that module; a factory is "
        "written with its brackets, and without a name gunicorn looks for application.",
        fix=(
            _EXCHANGE,
            "In Procfile: web: {instead}",
            "In Procfile, replace {target} by {module}:{candidate}   (in single quotes if it has brackets)",
            'grep -nE "= *(Flask|FastAPI|get_wsgi_application)\\(|def create_app" -r --include="*.py" .',
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/command-not-found",
        level=Level.FAIL,
        codes=("H10",),
        title="The command of web will not start: {because}.",
        title_without="The Procfile starts {command}, and the dyno has no such command.",
        when=(
            *judged("command-not-found", Fact.PROJECT_COMMAND),
            Seen(
                Fact.LAUNCH,
                fault=("command-not-found", "command-denied"),
                unsaid="True",
                confidence=Confidence.LIKELY,
            ),
            Seen(Fact.LAUNCH, fault="command-not-found"),
            Seen(Fact.LAUNCH, fault="command-denied"),
            Seen(
                Fact.LAUNCH,
                fault="script-missing",
                script=Pattern(r"^(?P<command>.+)$"),
                confidence=Confidence.LIKELY,
            ),
            Seen(Fact.LAUNCH, fault="module-missing", module=Pattern(r"^(?P<command>.+)$")),
        ),
        why="The shell of the dyno runs the line of the Procfile in /app. A command it does not find ends "
        "with status 127, one that may not be run with 126, and a web dyno that ended answers H10.",
        fix=(
            _EXCHANGE,
            "git update-index --chmod=+x {mode_of}",
            "In Procfile, leave out {venv}: Heroku runs in no virtual environment, and has what is required",
            "heroku run bash, then ls   (what is there? capitals count, and so does the folder)",
            "git ls-files | grep -i {script}   (is the script committed, under this very name?)",
            "python -m NAME and scripts of packages: require the package in requirements.txt",
            "Scripts of your own: git update-index --chmod=+x SCRIPT, and a first line #!/usr/bin/env bash",
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/bad-encoding",
        level=Level.FAIL,
        codes=("H14", "H10"),
        title="{looks}, so the platform reads something else than it shows.",
        title_without="The Procfile has Windows line ends or is not UTF-8, so the command is not what it "
        "looks like.",
        when=(
            *judged("bad-encoding", Fact.PROJECT_PROCFILE),
            Seen(Fact.LAUNCH, fault="carriage-return"),
            Seen(*AT_BOOT, chain=Pattern(r"No module named '[^']*\\r'")),
        ),
        why="Heroku reads UTF-8, and a shell knows neither typographic dashes nor typographic quotes. A "
        "carriage return at the end of the line becomes a part of the last word of the command, which no "
        "file has in its name.",
        fix=(
            _EXCHANGE,
            "iconv -f UTF-16 -t UTF-8 {utf_16} > new && mv new {utf_16}",
            "sed -i '1s/^\\xef\\xbb\\xbf//' {marked}   (the byte order mark)",
            "sed -i 's/\\r$//' Procfile && file Procfile   (should say: ASCII text)",
            'echo "Procfile text eol=lf" >> .gitattributes && git add --renormalize Procfile',
            "A script of yours: sed -i 's/\\r$//' SCRIPT   (its first line ends so too)",
            _PUSH,
        ),
        docs=_PROCFILE,
        over=("procfile/wrong-target-module", "dependency/module-not-found"),
    ),
    Cause(
        id="procfile/missing",
        level=Level.FAIL,
        codes=("H14",),
        title="{looked}, so there is no web process.",
        title_without="The build found no Procfile, so there is no web process.",
        when=(
            *judged("procfile-missing", Fact.PROJECT_PROCFILE),
            Seen(Fact.BUILD_ERROR, Fact.BUILD_WARNING, fault="procfile-none"),
        ),
        why="Heroku starts what the Procfile names, and the Python buildpack starts nothing by itself. "
        "Without a web process the router answers each request with H14.",
        fix=(
            "git add -f Procfile   (it is here, and {ignored_by} leaves it out)",
            'echo "web: gunicorn app:app" > Procfile   (app:app is module:name of the Flask app)',
            "In Procfile, in place of app:app: {guess}   (the app that {guess_file} makes)",
            'git add Procfile && git commit -m "Add a Procfile" && git push heroku main',
            "heroku ps:scale web=1",
        ),
        docs=_PROCFILE,
        over=("formation/scaled-to-zero",),
        confidence=Confidence.LIKELY,
        rivals=(Rival("procfile/misnamed", "git ls-files | grep -i procfile shows it under another name"),),
    ),
    Cause(
        id="procfile/misnamed",
        level=Level.FAIL,
        codes=("H14",),
        title="The file {file} means to be the Procfile and has another name or place.",
        when=(
            *judged("procfile-misnamed", Fact.PROJECT_PROCFILE),
            Seen(Fact.BUILD_ERROR, Fact.BUILD_WARNING, fault="procfile-misnamed"),
        ),
        why="Its name is Procfile: capital P, no extension, in the root of what is pushed. Under any other "
        "name Heroku does not see it, and without a web process the router answers H14.",
        fix=(
            "git mv {file} Procfile",
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/line-ignored",
        level=Level.FAIL,
        codes=("H14",),
        title="A line of the Procfile is not read as it is meant: {as_written}",
        title_without="A line of the Procfile is not read: {line}",
        when=(
            *judged("line-ignored", Fact.PROJECT_PROCFILE),
            Seen(Fact.BUILD_ERROR, Fact.BUILD_WARNING, fault="procfile-invalid"),
        ),
        why="A line is name, colon, blank, command. Cedar drops what does not fit in silence, such as "
        "web:gunicorn without the blank; Fir stops the build.",
        fix=(_EXCHANGE, "In Procfile: web: gunicorn app:app   (with a blank after the colon)", _PUSH),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/no-web-process",
        level=Level.FAIL,
        codes=("H14",),
        title="The Procfile names {types} and no web process.",
        when=(
            *judged("no-web-process", Fact.PROJECT_PROCFILE),
            Seen(Fact.BUILD_ERROR, Fact.BUILD_WARNING, fault="procfile-no-web"),
        ),
        why="Only the process type web gets requests. Without one the router answers each with H14.",
        fix=(_EXCHANGE, "In Procfile: web: gunicorn app:app", _PUSH, "heroku ps:scale web=1"),
        docs=_PROCFILE,
        over=("formation/scaled-to-zero",),
        confidence=Confidence.LIKELY,
    ),
    Cause(
        id="procfile/dev-server",
        level=Level.WARN,
        codes=(),
        title="A development server serves production.",
        when=(
            *judged("dev-server", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            Seen(Fact.LAUNCH, fault="dev-server"),
        ),
        why="flask run, app.run() and runserver are made for one developer: slow under load, and with "
        "their debugger on they run any code that a visitor sends.",
        fix=("In Procfile: web: gunicorn app:app", _PUSH),
        docs="https://devcenter.heroku.com/articles/python-gunicorn",
    ),
    Cause(
        id="procfile/worker-as-web",
        level=Level.FAIL,
        codes=("R10", "H10", "H20"),
        title="{command} runs as web and opens no port.",
        when=(
            *judged("no-server", Fact.PROJECT_SOURCE),
            *judged("worker-as-web", Fact.PROJECT_COMMAND),
            Seen(Fact.LAUNCH, fault="no-server"),
            Seen(Fact.LAUNCH, fault="silent-script", confidence=Confidence.POSSIBLE),
        ),
        why="A process of the type web must listen on $PORT within 60 s, or it is killed (R10). A bot, a "
        "queue's worker or a script has nothing that listens.",
        fix=(
            "In Procfile, rename the process: worker: {command}",
            _PUSH,
            "heroku ps:scale web=0 worker=1",
        ),
        docs="https://devcenter.heroku.com/articles/background-jobs-queueing",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("boot/too-slow", "it would listen if it had more time: the log shows work before that"),
            Rival("port/hardcoded", "it listens without saying so: grep the code for a port number"),
        ),
    ),
)
