"""Causes that lie in the files that name what to install."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged

_ERROR = (Fact.BUILD_ERROR,)
_EITHER = (Fact.BUILD_ERROR, Fact.BUILD_WARNING)
_SUPPORT = "https://devcenter.heroku.com/articles/python-support"
_PUSH = "git push heroku main"

BUILD_REQUIREMENTS = (
    Cause(
        id="build/lockfile-stale",
        level=Level.FAIL,
        codes=(),
        title="The lock does not fit what it should lock: {said}",
        when=(
            Seen(*_ERROR, fault="lockfile", reason=("hash", "hash-missing"), confidence=Confidence.LIKELY),
            Seen(*_ERROR, fault="lockfile"),
            *judged("lockfile", Fact.PROJECT_REQUIREMENT),
        ),
        why="The build installs exactly what is locked, and refuses when the manifest was changed after "
        "the lock was written, when the lock can't be read, or when a file has another hash.",
        fix=(
            "{relock}   (with the version of the tool that the build log names)",
            "{again}   (with a new release of the tool: the build has one)",
            "git add -f {missing}   (the lock file alone is not enough)",
            "git add {lock} && git commit -m 'Lock again' && git push heroku main",
            "pip-compile --generate-hashes   (writes {hashes} anew, with the hashes of all packages)",
        ),
        docs=_SUPPORT,
        rivals=(Rival("build/download-failed", "the same commit builds when it is pushed again"),),
    ),
    Cause(
        id="build/project-not-installable",
        level=Level.FAIL,
        codes=(),
        title="Poetry can't install the project itself: {said}",
        when=(Seen(*_ERROR, fault="root-project"), *judged("root-project", Fact.PROJECT_REQUIREMENT)),
        why="Poetry takes every project for a library, and after its requirements installs the package that "
        "has the project's name. An app has none; since Poetry 2 that ends the build.",
        fix=(
            "In pyproject.toml, below [tool.poetry]: package-mode = false",
            "Or, where it is a library: name its folder as packages, below [tool.poetry] of pyproject.toml",
            "poetry lock   (its hash covers pyproject.toml)",
            f"git commit -am 'Install no package of our own' && {_PUSH}",
        ),
        docs="https://python-poetry.org/docs/basic-usage/#operating-modes",
        rivals=(Rival("build/lockfile-stale", "the build stops before it installs anything"),),
    ),
    Cause(
        id="build/requirements-unreadable",
        level=Level.FAIL,
        codes=(),
        title="pip can't read the requirements: {said}",
        when=(
            *judged("requirements", Fact.PROJECT_REQUIREMENT),
            Seen(
                *_ERROR,
                fault="requirements",
                reason=Pattern(r"^(?P<git>git)$"),
                confidence=Confidence.LIKELY,
            ),
            Seen(*_ERROR, fault="requirements", reason="local-path", what=Pattern(r"^(?P<path>.+)$")),
            Seen(*_ERROR, fault="requirements", reason="missing-file", what=Pattern(r"(?P<include>[^/]+)$")),
            Seen(*_ERROR, fault="requirements"),
        ),
        why="Each line is a name with a version, a URL pip can fetch, or an option; the file is UTF-8. A "
        "path of another machine or a repository that asks for a login is neither.",
        fix=(
            (
                "It is {utf16}, as PowerShell's > writes it: pip freeze "
                "| Out-File -Encoding ascii requirements.txt"
            ),
            "It is no {tried}: save requirements.txt as UTF-8   (file requirements.txt tells what it is)",
            (
                "{path} is on another machine (conda writes such lines): pip list "
                "--format=freeze > requirements.txt"
            ),
            "{include} is not in the repository: git add -f it, or remove the line that includes it.",
            "In {file}, line {line}, write: {instead}",
            "The build has no key for {git} over SSH: git+https://${{TOKEN}}@HOST/… and a config var TOKEN",
            "pip install --dry-run -r requirements.txt   (shows the same here; two = before the version)",
            f'git commit -am "Fix the requirements" && {_PUSH}',
        ),
        docs="https://pip.pypa.io/en/stable/reference/requirements-file-format/",
        rivals=(Rival("build/download-failed", "the same commit builds when it is pushed again"),),
    ),
    Cause(
        id="build/platform-only-package",
        level=Level.FAIL,
        codes=(),
        title="{package} is for {system} only, and a dyno runs Linux.",
        when=(
            Seen(*_ERROR, fault="platform-only"),
            *judged("platform-only", Fact.PROJECT_REQUIREMENT, Fact.PROJECT_DEPENDENCY),
        ),
        why="pip freeze writes down all that is installed on the machine it runs on, also what only "
        "{system} needs. On Linux there is no file of it, or its source does not compile.",
        fix=(
            "Remove {package} from the requirements   (what nothing imports needs no other)",
            "Or keep it for {system} alone: {package}=={version}; sys_platform != 'linux'",
            f'git commit -am "Require only what Linux has" && {_PUSH}',
        ),
        docs="https://pip.pypa.io/en/stable/reference/requirements-file-format/",
        over=("dependency/no-matching-distribution", "build/source-build-failed"),
    ),
    Cause(
        id="build/installer-pinned",
        level=Level.WARN,
        codes=(),
        title="The requirements replace the build's {package} {before} by {version}.",
        title_without="The requirements pin {package} to {version}, which is too old for this Python.",
        when=(
            Seen(*_EITHER, fault="installer-pinned"),
            *judged("installer-pinned", Fact.PROJECT_REQUIREMENT),
        ),
        why="The buildpack brings pip and setuptools that fit the Python it installs. An older one from "
        "the requirements may not run on it, and the next step of the build breaks.",
        fix=(
            "sed -i -E '/^(pip|setuptools|wheel)==/d' requirements.txt",
            f'git commit -am "Leave pip to the buildpack" && {_PUSH}',
        ),
        docs=_SUPPORT,
    ),
)
