"""Causes that end the boot in the app's own code."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE, AT_BOOT, RAISED

_H10 = "https://devcenter.heroku.com/articles/error-codes#h10-app-crashed"
_PUSH = "&& git push heroku main"

# As much of an error as a title has room for, cut between words.
_ERROR = Pattern(r"^(?P<error>.{1,100}(?!\S)|\S{1,100})")
# Only these are about a connection whoever raises them; requests and urllib3 shadow the builtins' names.
_REMOTE = Pattern(
    r"^(?:ConnectionError|ConnectTimeout|ReadTimeout|ConnectError|NewConnectionError|MaxRetryError|ProxyError"
    r"|NameResolutionError|ClientConnectorError|ClientConnectorDNSError|ConnectionRefusedError"
    r"|ConnectionResetError|RemoteDisconnected|RemoteProtocolError|ReadError|EndpointConnectionError"
    r"|ConnectTimeoutError|ReadTimeoutError|TimeoutError|URLError|gaierror): "
    r"|^(?:SSLError|ClientConnectorCertificateError): .*(?:CERTIFICATE_VERIFY_FAILED|HTTPSConnectionPool)"
    r"|^HTTPError: (?:HTTP Error )?[45]\d\d\b"
    r"|^HTTPStatusError: (?:Client|Server) error '[45]\d\d"
)
# What packages say that start a program of their own.
_NO_PROGRAM = (
    Pattern(r"(?P<program>tesseract) is not installed or it's not in your PATH"),
    Pattern(r"Is (?P<program>poppler) installed and in PATH"),
    Pattern(r"'(?P<program>(?P<browser>chromedriver)|geckodriver)' executable needs to be in PATH"),
    Pattern(r"cannot find (?P<program>(?P<browser>Chrome)) binary"),
    Pattern(r"No (?P<program>(?P<apt>wkhtmltopdf)) executable found"),
    Pattern(r"failed to execute PosixPath\('(?P<program>dot)'\)"),
    Pattern(
        r"Service (?P<program>\S{0,200}?(?P<browser>chromedriver)) unexpectedly exited\. Status code was: 127"
    ),
    Pattern(r"(?P<program>(?P<apt>ffmpeg)) was not found"),
    Pattern(
        r"Unable to (?:obtain (?:driver for|working Selenium Manager)|locate or obtain driver for) "
        r"(?P<program>(?P<browser>chrome))"
    ),
    Pattern(r"`(?P<program>java)` command is not found"),
)

BOOT = (
    Cause(
        id="boot/syntax-error",
        level=Level.FAIL,
        codes=("H10",),
        title="{file}, line {line}, is no valid code for Python {python}.",
        when=(
            *judged("syntax", Fact.PROJECT_SOURCE),
            Seen(*ANYWHERE, fault="syntax", python=Pattern(r".")),
        ),
        why="Python compiles a file before it runs it, and stops at the first line it can't read. Where the "
        "web server imports the file, the web process ends, and the router answers H10.",
        fix=(
            "python{python} -m py_compile {file}   (the same message, on your machine)",
            "If it works with another Python on your machine: echo YOUR_VERSION > .python-version",
            f'git commit -am "Fix {{file}}" {_PUSH}',
        ),
        docs=_H10,
    ),
    Cause(
        id="boot/module-shadowed",
        level=Level.FAIL,
        codes=("H10",),
        title="The project's {shadow} hides the module {shadowed} that Python or a package provides.",
        when=(*judged("shadowed", Fact.PROJECT_SOURCE), Seen(*ANYWHERE, fault="shadowed")),
        why="The folder of the app comes first on Python's path, so an import of {shadowed} gets the "
        "project's file.",
        fix=(
            "git mv {shadow} my_{shadow}   (and change the imports that mean this file)",
            f'git commit -am "Rename {{shadow}}" {_PUSH}',
        ),
        docs="https://docs.python.org/3/library/sys_path_init.html",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival(
                "boot/import-error", "the import means the project's own file, and the name in it is misspelt"
            ),
        ),
        over=("procfile/wrong-target-attribute",),
    ),
    Cause(
        id="boot/missing-file",
        level=Level.FAIL,
        codes=("H10",),
        title="The app opens {path}, and there is no such file or folder.",
        when=(
            *judged("file-missing", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            Seen(*RAISED, Fact.RELEASE_PHASE, fault="file", path=Pattern(r".")),
            # Later it may have been there, and be gone with the dyno.
            Seen(*ANYWHERE, fault="file", path=Pattern(r"."), confidence=Confidence.LIKELY),
            Seen(Fact.MODEL_FILE, fault="missing"),
            # The folders a template is looked for in are the framework's own affair.
            Seen(*ANYWHERE, fault="template", confidence=Confidence.LIKELY),
            Seen(*ANYWHERE, fault="model-file", confidence=Confidence.LIKELY),
        ),
        why="A dyno has what was committed and is not in .slugignore. Relative paths begin at the folder "
        "the process starts in, and capitals count on Linux.",
        fix=(
            "The project has {found}: open(Path(__file__).parent / …), with this very name",
            'Empty folders are not committed: os.makedirs("{folder}", exist_ok=True)   (before it is used)',
            'A path of your own machine: use Path(__file__).parent / "{base}", and commit the file',
            "git ls-files | grep -i {not_in_slug}; grep -n . .gitignore .slugignore   (is it committed?)",
            f'git add -f {{not_in_slug}} && git commit -m "Add {{not_in_slug}}" {_PUSH}',
            'git add -f {missing} && git commit -m "Add {missing}"   (or fetch it when the app starts)',
            "Flask looks in templates: git mv {misplaced} templates/   (in that spelling)",
            "git ls-files | grep -i {name}   (is the model committed, under this very name?)",
            "heroku config:set MODEL_URI=s3://BUCKET/{name}   (object storage is the place for a model)",
        ),
        docs="https://devcenter.heroku.com/articles/slug-compiler#ignoring-files-with-slugignore",
        rivals=(
            Rival("storage/ephemeral-filesystem", "the app itself has written the file, before a restart"),
            Rival(
                "model/corrupt", "for a .keras file: it is there (heroku run ls -l PATH) and is no whole zip"
            ),
        ),
    ),
    Cause(
        id="boot/program-missing",
        level=Level.FAIL,
        codes=(),
        title="The app starts the program {program}, which this machine does not have.",
        when=(
            *judged("program", Fact.PROJECT_SOURCE),
            Seen(*ANYWHERE, fault="program", program=Pattern(r".")),
            *(Seen(*ANYWHERE, chain=words) for words in _NO_PROGRAM),
        ),
        why="pip installs Python packages only. A program is there when Heroku's stack or a buildpack "
        "brings it.",
        fix=(
            "heroku buildpacks:add --index 1 heroku-community/apt && echo {apt} >> Aptfile",
            "For {browser}: heroku buildpacks:add --index 1 heroku-community/chrome-for-testing",
            "Else put the name of the Ubuntu package that has {program} into Aptfile, for the apt buildpack.",
            f'git add -A && git commit -m "Bring the program" {_PUSH}',
        ),
        docs="https://devcenter.heroku.com/articles/stack-packages",
    ),
    Cause(
        id="boot/remote-call-failed",
        level=Level.FAIL,
        codes=("H10",),
        title="A call to another service fails while the app starts: {error}",
        when=(Seen(*AT_BOOT, chain=Pattern(rf"(?=(?P<remote>{_REMOTE.pattern})){_ERROR.pattern}")),),
        why="What runs at import decides whether the web process lives. A service that is away for a "
        "moment takes the whole app down, at every daily restart.",
        fix=(
            "Move the call from {file}, line {line}, into the first request or a background thread.",
            "Give it a timeout, and go on without its answer: requests.get(url, timeout=5) in try/except",
            "heroku run bash, then curl -sv --max-time 5 URL   (can a dyno reach it?)",
        ),
        docs=_H10,
        confidence=Confidence.LIKELY,
    ),
    Cause(
        id="boot/process-exited",
        level=Level.FAIL,
        codes=("H10",),
        title="{during} ends the process with status 0.",
        title_without="The web process ends by itself, with status 0.",
        when=(
            *judged("process-ends", Fact.PROJECT_SOURCE, Fact.PROJECT_COMMAND),
            *judged("never-run", Fact.PROJECT_SOURCE),
            Seen(Fact.BOOT_IMPORT, root=Pattern(r"^SystemExit: ?(?:0|None)?$")),
            Seen(Fact.BOOT_IMPORT, fault="exit", status="0"),
            Seen(Fact.LAUNCH, fault="exited-0"),
        ),
        why="A web process must never end. Here the module is a script: it does its work and exits as "
        "soon as it is imported.",
        fix=(
            'In {file}, put what ends in exit() below: if __name__ == "__main__":',
            'grep -nE "exit\\(|SystemExit" *.py   (where the exit is)',
            "In Procfile: web: gunicorn {app_target}   (the app that {script} makes)",
            f'git commit -am "Do not exit at import" {_PUSH}',
        ),
        docs=_H10,
    ),
    Cause(
        id="boot/import-error",
        level=Level.FAIL,
        codes=("H10",),
        title="{during} fails: {error}",
        title_without="Importing {package} {package_version} fails on Python {python}.",
        when=(
            Seen(Fact.BOOT_IMPORT, root=_ERROR),
            Seen(Fact.PROCESS_EXCEPTION, at_least=Level.FAIL, at_import="True", root=_ERROR),
            Seen(Fact.BOOT_IMPORT, chain=_ERROR),
            Seen(Fact.BOOT_IMPORT, fault="exit", status=Pattern(r"^-?[1-9]"), last_words=_ERROR),
            *judged("old-for-python", Fact.PROJECT_DEPENDENCY),
        ),
        why="A process imports the app before it can serve or work. An exception there ends it, and when no "
        "web process is left the router answers each request with H10.",
        fix=(
            "The project has {own_file}: write import {own_import}",
            "git ls-files | grep -i {own_module}   (is the file of this module committed, same capitals?)",
            "{package} {package_version} is not written for Python {python}: take another release of it.",
            "Look at {file}, line {line}.",
            "heroku run python -m diag   (every check, in a fresh dyno of this app)",
        ),
        docs=_H10,
        confidence=Confidence.LIKELY,
        general=True,
    ),
)
