"""Causes about the version of Python."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Seen
from diag.causes.judged import judged

_ERROR = (Fact.BUILD_ERROR,)
_EITHER = (Fact.BUILD_ERROR, Fact.BUILD_WARNING)
_VERSIONS = "https://devcenter.heroku.com/articles/python-runtimes"
_PIN = "echo 3.13 > .python-version   (major version only; then security patches come by themselves)"
_PUSH = "git add .python-version && git commit -m 'Choose the Python' && git push heroku main"

PYTHON = (
    Cause(
        id="python/version-unsupported",
        level=Level.FAIL,
        codes=(),
        title="Python {python} {problem}.",
        when=(
            Seen(*_ERROR, fault="python-unsupported"),
            Seen(*_EITHER, fault="python-ending"),
            Seen(
                *_ERROR,
                fault="python-range",
                needs=Pattern(r"^(?P<range>.+)$"),
                confidence=Confidence.LIKELY,
            ),
            *judged("python-unsupported", Fact.PROJECT_PYTHON),
            *judged("python-range", Fact.PROJECT_PYTHON),
            *judged("python-ending", Fact.PROJECT_PYTHON),
        ),
        why="Heroku builds each Python from its release to its end of life, and in January after that it "
        "leaves the buildpack; of a minor version only the patches that were built exist. And a project "
        "may itself name the versions it allows (requires-python, python_version).",
        fix=(
            "echo {pin} > .python-version   (without a patch version: security patches come by themselves)",
            "Or let the project allow Python {python}: {manifest} says {range}; then lock again",
            "git rm --ignore-unmatch runtime.txt   (it wins over .python-version)",
            _PUSH,
        ),
        docs=_VERSIONS,
    ),
    Cause(
        id="python/version-file-invalid",
        level=Level.FAIL,
        codes=(),
        title="The version of Python in {file} can't be read.",
        when=(Seen(*_EITHER, fault="version-file"), *judged("version-file", Fact.PROJECT_PYTHON)),
        why=".python-version holds one version such as 3.13, in UTF-8, with no prefix, quotes or "
        "operators; runtime.txt holds python-3.13; Pipfile has python_version.",
        fix=(
            "What was found in {file}: {found}",
            "git mv '{misspelt}' .python-version",
            _PIN,
            "Windows: Set-Content -Encoding ascii .python-version 3.13",
            "git rm runtime.txt   (if there is one: it wins over .python-version)",
            _PUSH,
        ),
        docs=_VERSIONS,
    ),
    Cause(
        id="python/runtime-txt-deprecated",
        level=Level.FAIL,
        codes=(),
        title="runtime.txt names the Python, and Heroku gives that file up.",
        when=(Seen(*_EITHER, fault="runtime-txt"), *judged("runtime-txt", Fact.PROJECT_PYTHON)),
        why="It is replaced by .python-version, which other tools read, too. With uv and on Fir "
        "runtime.txt is an error already.",
        fix=("git rm runtime.txt", _PIN, _PUSH),
        docs="https://devcenter.heroku.com/changelog-items/3141",
    ),
    Cause(
        id="python/version-unpinned",
        level=Level.FAIL,
        codes=(),
        title="Nothing names the Python to use, so it is the default of the day.",
        when=(Seen(*_EITHER, fault="version-unpinned"), *judged("version-unpinned", Fact.PROJECT_PYTHON)),
        why="A new app gets the newest Python, for which older packages have no wheels; TensorFlow comes "
        "a year late. uv on Heroku refuses to build without a version.",
        fix=(_PIN, _PUSH),
        docs=_VERSIONS,
    ),
    Cause(
        id="python/version-differs-locally",
        level=Level.WARN,
        codes=(),
        title="Here runs Python {local}, and the app is deployed with {python}.",
        when=judged("other-here", Fact.PROJECT_PYTHON),
        why="What is tested on one minor version may not install or run on another.",
        fix=(
            "echo {pin} > .python-version   (deploys what runs here)",
            "Or make the environment anew with Python {python}, and try the app with it",
            _PUSH,
        ),
        docs=_VERSIONS,
        confidence=Confidence.LIKELY,
    ),
)
