"""An exception as evidence: its type, its message with secrets masked, and where it arose.

One form for exceptions caught in the worker and in children, so a cause matches them all.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

from checks.evidence import Dyno, Evidence, Fault, Level, Value
from checks.facts import Fact
from checks.secrets import mask

MESSAGE_CHARS = 600
CHAIN = 8

# Where the name to import and the name to install differ, for what web and model apps use.
DISTRIBUTION = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "decouple": "python-decouple",
    "dj_database_url": "dj-database-url",
    "django": "Django",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
    "flask": "Flask",
    "flask_cors": "Flask-Cors",
    "flask_login": "Flask-Login",
    "flask_migrate": "Flask-Migrate",
    "flask_sqlalchemy": "Flask-SQLAlchemy",
    "google.protobuf": "protobuf",
    "jwt": "PyJWT",
    "MySQLdb": "mysqlclient",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "rest_framework": "djangorestframework",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow-cpu",
    "yaml": "PyYAML",
}


def evidence_of(error: BaseException, fact: Fact, during: str, dyno: Dyno, target: str = "") -> Evidence:
    """What an exception tells. A `Fault` brings its own evidence; `target` is ``module:attribute``."""
    if isinstance(error, Fault):
        return error.evidence
    chain = tuple(f"{type(e).__name__}: {_message(e, dyno)}" for e in _chain(error))
    file, line = _place(error, dyno.root)
    values: dict[str, Value] = {
        "type": type(error).__name__,
        "message": _message(error, dyno),
        "chain": chain,
        "during": during,
    }
    if file:
        values |= {"file": file, "line": line}
    values |= _missing_module(error, dyno, target) | _missing_variable(error)
    if target:
        values["target"] = target
    return Evidence(
        fact,
        Level.FAIL,
        f"{during} raised {chain[0].rstrip(': ')}",
        f"{file}:{line}" if file else "",
        dyno.clock(),
        values,
    )


def _message(error: BaseException, dyno: Dyno) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return mask(" ".join(text.split())[: MESSAGE_CHARS * 4], dyno.env)[:MESSAGE_CHARS]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, outermost first."""
    current: BaseException | None = error
    for _ in range(CHAIN):
        if current is None:
            return
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def _place(error: BaseException, root: Path) -> tuple[str, int]:
    """The last frame in the project's own code, else the last frame; relative to the root."""
    if isinstance(error, SyntaxError) and error.filename:
        return _relative(error.filename, root), error.lineno or 0
    frames = [(f.filename, f.lineno or 0) for f in traceback.extract_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if is_own(file, root)]
    if not own:
        return "", 0
    file, line = own[-1]
    return _relative(file, root), line


def is_own(file: str, root: Path) -> bool:
    """Whether a source file is the project's: below the root, and not installed there."""
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


def _missing_module(error: BaseException, dyno: Dyno, target: str) -> dict[str, Value]:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return {}
    wanted = target.partition(":")[0]
    if wanted == error.name or wanted.startswith(f"{error.name}."):
        return {"module": error.name, "fault": "target-module", "wanted": wanted}
    top = error.name.partition(".")[0]
    if (dyno.root / top).is_dir() or (dyno.root / f"{top}.py").is_file():
        return {"module": error.name, "own_module": error.name}
    installed = DISTRIBUTION.get(error.name) or DISTRIBUTION.get(top, top)
    return {"module": error.name, "distribution": installed, "fault": "module"}


def _missing_variable(error: BaseException) -> dict[str, Value]:
    """The name of the config var, when ``os.environ[name]`` raised the KeyError."""
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        frames = traceback.extract_tb(error.__traceback__)
        if frames and frames[-1].filename in ("<frozen os>", os.__file__):
            return {"variable": error.args[0], "fault": "variable"}
    return {}
