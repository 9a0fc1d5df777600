"""An exception as evidence: its type, its message with secrets masked, and where it arose.

One form for exceptions caught in the worker and in children, so a cause matches them all. What only
the process that raised it can tell (which distribution is installed, which name is a file of the
project, whose code opened a file) is asked here and becomes a value; what it means is said elsewhere.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from checks.evidence import Dyno, Evidence, Fault, Level, Value
from checks.facts import Fact
from checks.secrets import mask

MESSAGE_CHARS = 600
CHAIN = 8
FILES_LOOKED_AT = 5000
FOLDERS_DEEP = 3

# Where the name to import and the name to install differ, for what web and model apps use.
DISTRIBUTION = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "decouple": "python-decouple",
    "discord": "discord.py",
    "dj_database_url": "dj-database-url",
    "django": "Django",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
    "fitz": "PyMuPDF",
    "flask": "Flask",
    "flask_bcrypt": "Flask-Bcrypt",
    "flask_cors": "Flask-Cors",
    "flask_login": "Flask-Login",
    "flask_mail": "Flask-Mail",
    "flask_migrate": "Flask-Migrate",
    "flask_restful": "Flask-RESTful",
    "flask_socketio": "Flask-SocketIO",
    "flask_sqlalchemy": "Flask-SQLAlchemy",
    "flask_wtf": "Flask-WTF",
    "google.cloud.storage": "google-cloud-storage",
    "google.generativeai": "google-generativeai",
    "google.protobuf": "protobuf",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "MySQLdb": "mysqlclient",
    "nacl": "PyNaCl",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "rest_framework": "djangorestframework",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "socketio": "python-socketio",
    "sqlalchemy": "SQLAlchemy",
    "telebot": "pyTelegramBotAPI",
    "telegram": "python-telegram-bot",
    "tensorflow": "tensorflow-cpu",
    "werkzeug": "Werkzeug",
    "yaml": "PyYAML",
    # Left Python; these distributions bring them back. PEP 594, and distutils with PEP 632.
    "audioop": "audioop-lts",
    "cgi": "legacy-cgi",
    "distutils": "setuptools",
    "imghdr": "standard-imghdr",
    "pipes": "standard-pipes",
    "sndhdr": "standard-sndhdr",
    "telnetlib": "standard-telnetlib",
}

# The last Python that has a module which later ones lack. What's New in Python 3.12, 3.13.
_LAST_PYTHON = dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.11") | dict.fromkeys(
    (
        *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib"),
        *("nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
    ),
    "3.12",
)
_PYTHON_2 = frozenset(
    [
        "__builtin__",
        "BaseHTTPServer",
        "commands",
        "ConfigParser",
        "cPickle",
        "cStringIO",
        "HTMLParser",
        "httplib",
        "Queue",
        "SimpleHTTPServer",
        "StringIO",
        "Tkinter",
        "urllib2",
        "urlparse",
    ]
)

# Names that a project gives to its own files, so a distribution of that name proves nothing.
_OWN_NAMES = frozenset(
    [
        "api",
        "app",
        "application",
        "base",
        "bot",
        "common",
        "config",
        "configs",
        "const",
        "constants",
        "controllers",
        "core",
        "data",
        "database",
        "db",
        "extensions",
        "forms",
        "functions",
        "handlers",
        "helper",
        "helpers",
        "lib",
        "main",
        "model",
        "models",
        "modules",
        "predict",
        "preprocess",
        "project",
        "resources",
        "routes",
        "schema",
        "schemas",
        "scripts",
        "server",
        "service",
        "services",
        "settings",
        "src",
        "test",
        "tests",
        "tools",
        "train",
        "util",
        "utils",
        "version",
        "views",
        "worker",
        "wsgi",
    ]
)

# Which package of the apt buildpack brings a program or a library, on Ubuntu 22.04 and 24.04.
_APT_PROGRAM = {
    "dot": "graphviz",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "gs": "ghostscript",
    "libreoffice": "libreoffice",
    "pdfinfo": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "soffice": "libreoffice",
    "tesseract": "tesseract-ocr",
    "wkhtmltopdf": "wkhtmltopdf",
}
_BROWSERS = frozenset({"chromedriver", "chrome", "google-chrome", "chromium", "chromium-browser"})
_APT_LIBRARY = {
    "libGL.so.1": "libgl1",
    "libgomp.so.1": "libgomp1",
    "libmagic.so.1": "libmagic1",
    "libodbc.so.2": "unixodbc",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libportaudio.so.2": "libportaudio2",
    "libSM.so.6": "libsm6",
    "libsndfile.so.1": "libsndfile1",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libzbar.so.0": "libzbar0",
}
_LIBRARY = re.compile(r"(?P<library>lib[\w.+-]+?\.so[.\d]*): cannot open shared object file")

_FILE = re.compile(r"^(?P<file>/\S+\.so[.\d]*): cannot open shared object file")

_READ = r"(?:os\.)?(?:environ\.get|getenv)\(\s*[\"'](\w+)[\"'](?:\s*,[^()]*)?\s*\)"
_ITEM = r"(?:os\.)?environ\[\s*[\"'](\w+)[\"']\s*\]"
_NUMBER_OF = re.compile(rf"\b(?:int|float)\(\s*(?:{_READ}|{_ITEM})\s*\)")
_NOT_A_NUMBER = re.compile(
    r"^(?:invalid literal for int\(\) with base \d+|could not convert string to float): (?P<literal>.+)"
)
_INPUT_VALUE = re.compile(r"input_value=.*?, input_type=")
_APP_NAMES = ("app", "application", "server", "api", "wsgi")
_FACTORY_NAMES = ("create_app", "make_app")


def evidence_of(error: BaseException, fact: Fact, during: str, dyno: Dyno, target: str = "") -> Evidence:
    """What an exception tells. A `Fault` brings its own evidence; `target` is ``module:attribute``."""
    if isinstance(error, Fault):
        return error.evidence
    root = _root(error)
    particulars = _particulars(root, dyno, target)
    chain = tuple(_one_line(e, dyno) for e in _chain(error))
    file, line = _place(root, dyno.root)
    if not file:
        file, line = _place(error, dyno.root)
    values: dict[str, Value] = {
        "type": type(error).__name__,
        "message": _message(error, dyno),
        "chain": chain,
        "root": _one_line(root, dyno),
        "during": during,
    }
    if file:
        values |= {"file": file, "line": line}
    values |= _raised_by(root, dyno.root) | particulars
    if target:
        values["target"] = target
    text = f"{during} raised {chain[0].rstrip(': ')}"
    if root is not error:
        text += f", because of {values['root']}"
    return Evidence(fact, Level.FAIL, text, f"{file}:{line}" if file else "", dyno.clock(), values)


def _one_line(error: BaseException, dyno: Dyno) -> str:
    return f"{type(error).__name__}: {_message(error, dyno)}"


def _message(error: BaseException, dyno: Dyno) -> str:
    """On one line, without secrets; of a long one the beginning and the end, where tracebacks tell."""
    try:
        text = str(error)
    except Exception:
        text = ""
    far = MESSAGE_CHARS * 4
    ends = (text,) if len(text) <= far * 2 else (text[:far], text[-far:])
    joined = " … ".join(mask(_without_values(" ".join(end.split()), dyno), dyno.env) for end in ends)
    half = MESSAGE_CHARS // 2
    return joined if len(joined) <= MESSAGE_CHARS else f"{joined[:half]} … {joined[3 - half :]}"


def _without_values(text: str, dyno: Dyno) -> str:
    """What conversions quote may be the value of any config var, however harmless its name."""
    text = _INPUT_VALUE.sub("input_value=…, input_type=", text)
    match = _NOT_A_NUMBER.search(text)
    if match:
        name = next((n for n, v in dyno.env.items() if v.strip() and repr(v) == match["literal"]), "")
        if name:
            text = text.replace(match["literal"], f"[{name}]")
    return text


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, outermost first."""
    current: BaseException | None = error
    for _ in range(CHAIN):
        if current is None:
            return
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def _root(error: BaseException) -> BaseException:
    """What the error was raised ``from``, or what an exit was the answer to.

    What merely happened before (``__context__``) was handled: it may have to do with it or not.
    """
    for _ in range(CHAIN):
        below = error.__cause__
        if below is None and not error.__suppress_context__ and _answers(error):
            below = error.__context__
        if below is None:
            break
        error = below
    return error


def _answers(error: BaseException) -> bool:
    """Whether it only passes on what was being handled: an exit, Django on a missing database driver."""
    return isinstance(error, SystemExit) or (
        isinstance(error.__context__, ImportError)
        and type(error).__name__ == "ImproperlyConfigured"
        and str(error).startswith("Error loading")
    )


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames of source files, outermost first; the import machinery's own are left out."""
    return [
        f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen importlib")
    ]


def _place(error: BaseException, root: Path) -> tuple[str, int]:
    """The last frame in the project's own code, or where a syntax error is; relative to the root."""
    if isinstance(error, SyntaxError) and error.filename:
        return _relative(error.filename, root), error.lineno or 0
    own = [f for f in _frames(error) if is_own(f.filename, root)]
    if not own:
        return "", 0
    return _relative(own[-1].filename, root), own[-1].lineno or 0


def is_own(file: str, root: Path) -> bool:
    """Whether a source file is the project's: it exists below the root, and is not installed there.

    Generated code has names such as ``<frozen os>``, and Cython's ``pandas/_libs/lib.pyx`` is no path.
    """
    return os.path.isfile(file) and _is_below(file, root)


def _is_below(file: str, root: Path) -> bool:
    """Whether a path, of a file or not, lies in the project and not in what is installed there."""
    try:
        parts = Path(file).resolve().relative_to(root.resolve()).parts
    except (ValueError, OSError):
        return False
    ours = Path(__file__).resolve().parent.parent
    installed = {"site-packages", "dist-packages", ".heroku", ".venv", "venv"}.intersection(parts)
    return not installed and Path(file).resolve().parent not in (ours / "checks", ours / "diag")


def _relative(file: str, root: Path) -> str:
    try:
        return str(Path(file).resolve().relative_to(root.resolve()))
    except (ValueError, OSError):
        return file


def _particulars(error: BaseException, dyno: Dyno, target: str) -> dict[str, Value]:  # noqa: C901, PLR0911
    """What this kind of exception tells beyond its words. A surprise in here costs only that."""
    try:
        match error:
            case SyntaxError():
                return _syntax(error, dyno.root)
            case ModuleNotFoundError():
                return _missing_module(error, dyno, target)
            case ImportError():
                return _missing_name(error, dyno.root) or _missing_library(error)
            case AttributeError():
                return _missing_attribute(error, dyno, target) or _unset_variable(error, dyno)
            case KeyError():
                return _missing_variable(error)
            case FileNotFoundError():
                return _missing_program(error) or _missing_file(error, dyno.root)
            case OSError():
                return _missing_library(error)
            case TypeError():
                return _unset_variable(error, dyno)
            case ValueError():
                return _invalid_variable(error) or _settings(error)
            case _:
                return _no_target(error, target)
    except Exception:
        return {}


def _syntax(error: SyntaxError, root: Path) -> dict[str, Value]:
    python: dict[str, Value] = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    if error.filename and is_own(error.filename, root):
        return python | {"fault": "syntax"}
    return python


def _missing_module(  # noqa: PLR0911
    error: ModuleNotFoundError, dyno: Dyno, target: str
) -> dict[str, Value]:
    if not error.name:
        return {}
    name, wanted = error.name, target.partition(":")[0]
    top = name.partition(".")[0]
    values: dict[str, Value] = {"module": name}
    shadow = _shadow(top, dyno.root) if top != name else ""
    if shadow and "is not a package" in str(error):
        return values | {"fault": "shadowed", "shadowed": top, "shadow": shadow}
    if wanted == name or wanted.startswith(f"{name}."):
        values |= {"fault": "target-module", "wanted": wanted}
        return values | _own_file(wanted.rpartition(".")[2], dyno.root)
    if (dyno.root / top).is_dir() or (dyno.root / f"{top}.py").is_file():
        return (
            values
            | {"own_module": name, "fault": "own-module"}
            | _own_file(name.rpartition(".")[2], dyno.root)
        )
    installed, version = _distribution(top) if top != name and importlib.util.find_spec(top) else ("", "")
    if installed:
        return values | {"fault": "submodule", "installed": installed, "version": version}
    own = {} if top in DISTRIBUTION else _own_file(top, dyno.root)
    if own and top in _OWN_NAMES:
        return values | {"own_module": name, "fault": "own-module"} | own
    return values | own | {"fault": "module"} | _to_install(name, guess=not own)


def _to_install(name: str, *, guess: bool) -> dict[str, Value]:
    """What to require for a module; the same name if nothing is known and a guess is wanted."""
    top = name.partition(".")[0]
    left = _LAST_PYTHON.get(top)
    values: dict[str, Value] = {"last_python": left} if left else {}
    known = DISTRIBUTION.get(name) or DISTRIBUTION.get(top)
    if known:
        return values | {"distribution": known}
    if left:
        return values
    if top in _PYTHON_2:
        return {"python_2": top}
    if guess and top not in _OWN_NAMES:
        values["distribution"] = top
    return values | {"maybe_own": name}


def _missing_name(error: ImportError, root: Path) -> dict[str, Value]:
    """``from module import name`` where the module is a file of the project that hides another."""
    if error.name and error.path and is_own(error.path, root):
        shadow = _shadow(error.name, root)
        if shadow:
            return {"fault": "shadowed", "shadowed": error.name, "shadow": shadow}
    return {}


def _missing_attribute(error: AttributeError, dyno: Dyno, target: str) -> dict[str, Value]:
    module = error.obj
    if not isinstance(module, ModuleType):
        return {}
    file = getattr(module, "__file__", None) or ""
    if is_own(file, dyno.root) and (shadow := _shadow(module.__name__, dyno.root)):
        return {"fault": "shadowed", "shadowed": module.__name__, "shadow": shadow}
    wanted, _, attribute = target.partition(":")
    if module.__name__ == wanted and error.name == attribute.partition("(")[0]:
        return {"fault": "target-attribute", "module": wanted} | _candidate(wanted)
    return {}


def _no_target(error: BaseException, target: str) -> dict[str, Value]:
    """gunicorn imported the module and found no app in it."""
    module = target.partition(":")[0]
    if type(error).__name__ != "AppImportError" or module not in sys.modules:
        return {}
    return {"fault": "target-attribute", "module": module} | _candidate(module)


def _candidate(module: str) -> dict[str, Value]:
    """A name in the module that looks like its app."""
    names = vars(sys.modules[module])
    for name in (*_APP_NAMES, *_FACTORY_NAMES):
        found = names.get(name)
        if (
            callable(found)
            and not isinstance(found, type)
            and (name in _FACTORY_NAMES or not hasattr(found, "__code__"))
        ):
            return {"candidate": f"{name}()" if name in _FACTORY_NAMES else name}
    return {}


def _shadow(name: str, root: Path) -> str:
    """The project's own file of a top-level module that Python or a distribution has too, or empty."""
    if "." in name:
        return ""
    own = next((p for p in (root / f"{name}.py", root / name / "__init__.py") if p.is_file()), None)
    if own is None:
        return ""
    here = root.resolve()
    entries = [e for e in sys.path if e and Path(e).resolve() != here]
    elsewhere = [e for e in entries if not _is_below(os.path.join(e, name), root)]
    if name in sys.stdlib_module_names or importlib.machinery.PathFinder.find_spec(name, elsewhere):
        return _relative(str(own), root)
    return ""


def _own_file(name: str, root: Path) -> dict[str, Value]:
    """A module of the project with this name, maybe in another folder or with other capitals."""
    for path in _walk(root):
        here = path.stem if path.suffix == ".py" else path.name if (path / "__init__.py").is_file() else ""
        if here.lower() == name.lower():
            relative = path.relative_to(root)
            return {"own_file": str(relative), "own_import": ".".join((*relative.parent.parts, here))}
    return {}


def _walk(root: Path) -> Iterator[Path]:
    """Files and folders of the project, those of the root first; not too many and not too deep."""
    left, level = FILES_LOOKED_AT, [root]
    for _ in range(FOLDERS_DEEP):
        below = []
        for folder in level:
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue
            for entry in entries[:left]:
                left -= 1
                if entry.name.startswith(".") or entry.name in (
                    "venv",
                    "env",
                    "node_modules",
                    "site-packages",
                ):
                    continue
                yield entry
                if entry.is_dir() and not entry.is_symlink():
                    below.append(entry)
        level = below


def _raised_by(error: BaseException, root: Path) -> dict[str, Value]:
    """The installed distribution whose code raised it or could not be compiled, if it was one."""
    frames = _frames(error)
    file = error.filename if isinstance(error, SyntaxError) else frames[-1].filename if frames else ""
    _, installed, inside = (file or "").rpartition(f"{os.sep}site-packages{os.sep}")
    if not installed or is_own(file or "", root):
        return {}
    name, version = _distribution(inside.split(os.sep)[0].removesuffix(".py"))
    return {"package": name, "package_version": version} if name else {}


def _distribution(top: str) -> tuple[str, str]:
    """Name and version of the installed distribution that brings a top-level module; empty if none."""
    for name in (DISTRIBUTION.get(top, top).partition("[")[0], top):
        try:
            found = metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            continue
        return str(found.metadata["Name"]), found.version
    names = metadata.packages_distributions().get(top, [])
    return (names[0], metadata.version(names[0])) if names else ("", "")


def _missing_variable(error: KeyError) -> dict[str, Value]:
    """The name of the config var, when ``os.environ[name]`` raised the KeyError."""
    if error.args and isinstance(error.args[0], str):
        frames = traceback.extract_tb(error.__traceback__)
        if frames and frames[-1].filename in ("<frozen os>", os.__file__):
            return {"variable": error.args[0], "fault": "variable"}
    return {}


def _unset_variable(error: BaseException, dyno: Dyno) -> dict[str, Value]:
    """``int(os.environ.get(name))`` and ``os.environ.get(name).split()`` where nothing is set."""
    own = [f for f in _frames(error) if is_own(f.filename, dyno.root)]
    if not own or "NoneType" not in str(error):
        return {}
    attribute = re.escape(error.name) if isinstance(error, AttributeError) and error.name else ""
    pattern = rf"{_READ}\.{attribute}\b" if attribute else rf"\b(?:int|float|json\.loads)\(\s*{_READ}\s*\)"
    names = set(re.findall(pattern, own[-1].line or ""))
    name = names.pop() if len(names) == 1 else ""
    return {"variable": name, "fault": "variable"} if name and name not in dyno.env else {}


def _invalid_variable(error: ValueError) -> dict[str, Value]:
    """``int(os.environ[name])`` where the value is no number."""
    frames = _frames(error)
    if not frames or not _NOT_A_NUMBER.match(str(error)):
        return {}
    names = {a or b for a, b in _NUMBER_OF.findall(frames[-1].line or "")}
    return {"variable": names.pop(), "fault": "variable-value"} if len(names) == 1 else {}


def _settings(error: ValueError) -> dict[str, Value]:
    """The config vars behind a ValidationError of pydantic-settings."""
    settings = _local(error.__traceback__, f"{os.sep}pydantic_settings{os.sep}main.py", "__pydantic_self__")
    errors = getattr(error, "errors", None)
    if settings is None or errors is None:
        return {}
    missing: list[str] = []
    wrong: list[str] = []
    for each in errors(include_url=False, include_context=False, include_input=False):
        (missing if each["type"] == "missing" else wrong).append(
            _setting(type(settings), str(each["loc"][0]))
        )
    names = missing or wrong
    several: dict[str, Value] = {"names": tuple(names)} if len(names) > 1 else {}
    return several | {"variable": names[0], "fault": "variable" if missing else "variable-value"}


def _setting(settings: Any, location: str) -> str:
    """The name of the config var of a field; an alias is one already."""
    if location not in settings.model_fields:
        return location
    name = f"{settings.model_config.get('env_prefix', '')}{location}"
    return name if settings.model_config.get("case_sensitive") else name.upper()


def _missing_program(error: FileNotFoundError) -> dict[str, Value]:
    """Raised by the start of a program, and not for its working directory."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    wanted = _local(error.__traceback__, "subprocess.py", "orig_executable")
    if not name or not isinstance(wanted, (str, bytes)) or os.fsdecode(wanted) != name:
        return {}
    values: dict[str, Value] = {"fault": "program", "program": name}
    base = os.path.basename(name)
    if base in _APT_PROGRAM:
        values["apt"] = _APT_PROGRAM[base]
    if base in _BROWSERS:
        values["browser"] = base
    return values


def _missing_file(error: FileNotFoundError, root: Path) -> dict[str, Value]:
    """A file that belongs into the project: a relative path, one below the root, or one in a home."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    at_home = re.match(r"^(/home/|/Users/|/root/|/content/|[A-Za-z]:[\\/])", name)
    if not name or (os.path.isabs(name) and not at_home and not _is_below(name, root)):
        return {}
    path = _relative(name, root) if _is_below(name, root) else name
    values: dict[str, Value] = {"fault": "file", "path": path}
    folder = os.path.dirname(path)
    if folder and not at_home and not (root / folder).is_dir():
        values["folder"] = folder
    base = re.split(r"[\\/]", name)[-1]
    found = next((p for p in _walk(root) if p.name.lower() == base.lower()), None)
    if found is not None:
        values["found"] = str(found.relative_to(root))
    elif not at_home:
        values["not_in_slug"] = path
    if at_home:
        values["base"] = base
    return values


def _missing_library(error: BaseException) -> dict[str, Value]:
    """The system library that the loader did not find, or the file it found and could not load.

    It says "cannot open" too of a file that is there, when that is for another processor.
    """
    of_file = _FILE.match(str(error))
    if of_file and os.path.isfile(of_file["file"]):
        return {"fault": "architecture", "library": of_file["file"]}
    match = _LIBRARY.search(str(error))
    if not match:
        return {}
    library = match["library"]
    values: dict[str, Value] = {"fault": "library", "library": library}
    return values | ({"apt": _APT_LIBRARY[library]} if library in _APT_LIBRARY else {})


def _local(trace: TracebackType | None, file: str, name: str) -> Any:
    """A local variable of the last frame in this file, or None."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(file):
            found = trace.tb_frame.f_locals.get(name)
        trace = trace.tb_next
    return found
