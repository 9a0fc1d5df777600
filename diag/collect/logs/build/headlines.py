"""The blocks in which a buildpack or the platform says what ended a build, and what it warns of.

Source of the texts: heroku/heroku-buildpack-python (`lib/*.sh`, `bin/`, `spec/`, v150 to v351) and
heroku/buildpacks-python (`src/errors.rs`, `tests/`); those of the platform as users posted them.
"""

from __future__ import annotations

import re

from checks.evidence import Level, Value
from checks.secrets import mask
from diag.collect.logs.build.block import Block
from diag.collect.logs.build.finding import EXACT, TOOL, VAGUE, Finding
from diag.collect.logs.build.refusals import language_of

_WARNS = re.compile(r"(?:#+ )?(?:Warning|Note|Notice)\b")


def _h(
    pattern: str, fault: str, rank: int = EXACT, **values: Value
) -> tuple[re.Pattern[str], str, int, dict[str, Value]]:
    return re.compile(pattern), fault, rank, values


_HEADLINES = (
    _h(
        (
            r"find any supported Python project files"
            r"|No default language could be detected|no Cedar-supported app detected"
        ),
        "no-python-files",
    ),
    _h(
        r"find any supported Python package manager files|No Python package manager files were found",
        "package-manager-none",
    ),
    _h(r"Multiple Python package manager files were found", "package-manager-multiple"),
    _h(r"No 'Pipfile\.lock' found", "pipfile-without-lock"),
    _h(r"Implicit setup\.py file support", "setup-py-only"),
    _h(
        r"Can(?:'t|not) parse Pipfile\.lock",
        "lockfile",
        lock="Pipfile.lock",
        relock="pipenv lock",
        reason="unparsable",
    ),
    _h(r"Existing '(?P<folder>\.heroku/python)/' directory found", "python-committed"),
    _h(r"Existing '(?P<folder>[^']{1,80}?)/?' directory found", "venv-committed"),
    _h(r"Failed to run the (?P<hook>bin/\w+) script", "hook"),
    _h(
        (
            r"Unable to (?:generate Django static files|inspect Django configuration)"
            r"|Error while running '\$ python .{1,80}collectstatic"
        ),
        "collectstatic",
    ),
    _h(r"Unable to download NLTK data", "nltk", TOOL),
    _h(r"'nltk\.txt' not found", "nltk-notice", TOOL),
    _h(
        r"The '(?P<stack>[^']{1,40})' stack (?:is no longer supported|isn't recognised|is not recognised)",
        "stack",
    ),
    _h(
        (
            r"(?P<stack>[Hh]eroku-\d\d"
            r"|[Cc]edar-\d\d)\b.{0,120}(?:reached (?:its )?end[- ]of[- ]life"
            r"|is (?:no longer supported|end[- ]of[- ]life)|has been sunset)"
        ),
        "stack",
    ),
    _h(r"Unsafe environment variable", "unsafe-config-var"),
    _h(r"The Python buildpack has already been run this build", "duplicate-buildpack"),
    _h(r"Application not supported by 'heroku/(?P<language>[\w-]+)' buildpack", "other-buildpack"),
    _h(
        (
            r"(?:Unable|Failed) to (?:download/install|download|install|bootstrap"
            r"|unpack the) (?P<what>Python|pip|Pipenv|Poetry|uv)\b(?! data)"
        ),
        "download",
        TOOL,
    ),
    _h(r"since the (?P<library>GDAL) library w", "native", VAGUE),
    _h(
        r"since (?P<library>SQLite) headers w",
        "native",
        VAGUE,
        instead="pysqlite3-binary",
        apt="libsqlite3-dev",
    ),
    _h(r"contains broken metadata", "package-metadata", VAGUE, reason="metadata"),
    _h(
        (
            r"(?:requested|cached) Python version (?:has reached|is) end-of-life"
            r"|Python (?P<python>\d[\d.]*) has reached (?:its )?(?:upstream "
            r")?end-of-life"
        ),
        "python-unsupported",
        problem="has reached its end of life",
    ),
    _h(
        r"(?:requested|cached) Python version (?:isn't|is not) recognised",
        "python-unsupported",
        problem="is not known to the buildpack",
    ),
    _h(
        r"[Rr]equested Python version (?:isn't|is not) available",
        "python-unsupported",
        problem="is not available",
    ),
    _h(
        (
            r"Requested runtime [('](?:[Pp]ython[- ])?(?P<python>[^')\s]{1,40})[')]?.*"
            r"is not available for this stack(?: \((?P<stack>[\w-]{1,30})\))?"
        ),
        "python-unsupported",
        problem="is not available for this stack",
    ),
    _h(
        r"Requested runtime [('](?:[Pp]ython[- ])?(?P<python>[^')\s]{1,40})[')]",
        "python-unsupported",
        problem="was not found",
    ),
    _h(
        r"Requested runtime \((?P<found>[^)]{1,60})$",  # runtime.txt has more than this line
        "version-file",
        file="runtime.txt",
    ),
    _h(
        r"Support for Python (?P<python>3\.\d+) is (?:ending soon|deprecated)",
        "python-ending",
        problem="is about to lose its support",
    ),
    _h(
        (
            r"(?:Invalid Python version in|Unable to read|No Python version found in"
            r"|Multiple Python versions found in) (?P<file>\.python-version"
            r"|runtime\.txt|Pipfile / Pipfile\.lock|Pipfile\.lock)"
        ),
        "version-file",
    ),
    _h(r"Your (?P<file>\.python-version) file is spelled incorrectly", "version-file", problem="misspelt"),
    _h(r"The (?P<file>runtime\.txt) file (?P<how>isn't supported|is deprecated)", "runtime-txt"),
    _h(r"No Python version was specified", "version-unpinned"),
    _h(r"Invalid Procfile format|Cannot read Procfile contents", "procfile-invalid"),
    _h(
        r"slug size \((?P<size>[\d.]+ ?[KMG]B?)\) exceeds our soft limit \((?P<limit>[\d.]+ ?[KMG]B?)\)",
        "slug-soft",
    ),
)
_SLUG = re.compile(
    r"slug size:? (?P<size>[\d.]+ ?[KMG]B?) is too large \(max is (?P<limit>[\d.]+ ?[KMG]B?)\)"
)
_TIMED_OUT = re.compile(
    r"Timed out (?:running buildpack|compiling"
    r"|building)(?: (?P<what>[^(]{1,60}?))?(?: app)?(?: \((?P<minutes>\d+) "
    r"minutes?\))?$"
)
_VERSION = re.compile(r"(?:Python |\(|python-|of )(?P<python>\d+\.\d+(?:\.\d+)?)\b")
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]{2,60}$")
_APP_FOLDERS = frozenset(
    {
        "backend",
        "server",
        "api",
        "src",
        "app",
        "web",
        "webapp",
        "site",
        "project",
        "flask",
        "django",
        "python",
        "service",
        "backend-python",
    }
)
_NO_APP = frozenset(
    {
        "docs",
        "tests",
        "test",
        "static",
        "templates",
        "node_modules",
        "public",
        "dist",
        "build",
        "data",
        "images",
        "assets",
        "notebooks",
        "scripts",
    }
)
_PYTHON_FILES = re.compile(
    r"\.py$|^(?:[Rr]equire?ments?.*|requeriments\.txt|Pipfile(?:\.lock)?"
    r"|poetry\.lock|uv\.lock|pyproject\.toml|manage\.py|runtime\.txt"
    r"|\.python-version)$"
)
_MANIFESTS = re.compile(r"^(?:[Rr]equ[ei]rr?[ei]?ments?(?:\.te?xt)*|requirments\.txt)$")
_VALID = re.compile(r"python-[\d.]+$")
_RUNTIME = re.compile(r"Requested runtime [('](?P<found>[^')]{1,60})")


def of_block(block: Block) -> Finding | None:
    """What a block says, or None when it is none of ours (advice, the end of the push)."""
    headline = block.headline
    text = " ".join(filter(None, block.lines[:3]))
    for line in (headline, text):
        if match := _SLUG.search(line):
            return _finding(block, "slug-too-large", EXACT, dict(match.groupdict()))
        if match := _TIMED_OUT.search(line):
            return _finding(block, "timeout", EXACT, {"minutes": match["minutes"]})
    for pattern, fault, rank, fixed in _HEADLINES:
        match = pattern.search(headline)
        if match is None:
            continue
        values = fixed | {k: v for k, v in match.groupdict().items() if v is not None}
        if (runtime := _RUNTIME.search(headline)) and not _VALID.match(runtime["found"]):
            values = {"file": "runtime.txt", "found": runtime["found"].strip()}
            return _finding(block, "version-file", rank, values)
        return _finding(block, fault, rank, values | _more(fault, block, values))
    return None


def _finding(block: Block, fault: str, rank: int, values: dict[str, Value]) -> Finding:
    level = Level.FAIL
    if _WARNS.match(block.headline) or fault in ("python-ending", "nltk-notice"):
        level = Level.WARN
    if fault == "slug-soft":
        level = Level.INFO
    elif fault == "pipfile-without-lock" and not block.headline.startswith("Error"):
        level = Level.WARN
    headline = mask(block.headline, {})
    return Finding(fault, block.number, block.at, headline, values, level, rank, final=level is Level.FAIL)


def _more(  # noqa: PLR0911  one answer a fault
    fault: str, block: Block, values: dict[str, Value]
) -> dict[str, Value]:
    """What the paragraphs below the headline add."""
    if fault == "python-unsupported" and "python" not in values:
        match = _VERSION.search(" ".join(block.lines[1:20]))
        return {"python": match["python"]} if match else {}
    if fault == "unsafe-config-var":
        names = tuple(line.strip() for line in block.lines if _VARIABLE.match(line.strip()))
        return {"variables": names, "variable": names[0] if names else None}
    if fault == "package-manager-multiple":
        files = tuple(line.partition(" (")[0] for line in block.listing() if " (" in line)
        return {"files": files}
    if fault == "procfile-invalid":
        quoted = block.listing() or (block.headline,)
        return {"line": mask(quoted[0], {})}
    if fault == "version-file" and "found" not in values:
        return _version_file(block)
    if fault == "other-buildpack":
        name = str(values.get("language"))
        return _root_of(block, fault) | {"language": language_of(name)}
    if fault in ("no-python-files", "package-manager-none"):
        return _root_of(block, fault)
    return {}


def _version_file(block: Block) -> dict[str, Value]:
    """What was found in the file, as far as the block quotes it."""
    for index, line in enumerate(block.lines):
        if line.startswith("The following") and line.endswith("found:"):
            found = next((each.strip() for each in block.lines[index + 1 :] if each.strip()), "")
            return {"found": mask(found, {})[:60]} if found else {}
        if line.startswith("Multiple versions were found"):
            return {"problem": "more than one version"}
        if line.startswith("No Python version was found"):
            return {"problem": "no version"}
    return {}


def _root_of(block: Block, fault: str) -> dict[str, Value]:
    """What the listing of the app's root shows: folders that may hold the app, a misspelt file."""
    entries = block.listing()
    folders = tuple(e.rstrip("/") for e in entries if e.endswith("/") and not e.startswith("."))
    ours = tuple(e for e in entries if _PYTHON_FILES.search(e.rstrip("/")))
    candidates = tuple(f for f in folders if f.lower() not in _NO_APP)
    more: dict[str, Value] = {"entries": entries or None, "python_files": ours or None}
    likely = [f for f in candidates if f.lower() in _APP_FOLDERS]
    if candidates and not ours and fault != "other-buildpack":
        more |= {
            "folders": candidates,
            "folder": (likely or list(candidates))[0],
            "sub": "likely" if likely else "possible",
        }
    misspelt = next((e for e in entries if _MANIFESTS.match(e) and e != "requirements.txt"), None)
    return more | {"misspelt": misspelt}
