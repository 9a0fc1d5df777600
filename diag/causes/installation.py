"""Causes about requirements that can't be installed, or not twice the same."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged

_ANY = Pattern(r".")
_ERROR = (Fact.BUILD_ERROR,)
_PUSH = 'git commit -am "Mend the requirements" && git push heroku main'
_SUPPORT = "https://devcenter.heroku.com/articles/python-support"

INSTALLATION = (
    Cause(
        id="dependency/no-matching-distribution",
        level=Level.FAIL,
        codes=(),
        title="No file of {wanted} fits {for_python} on Linux.",
        when=(
            Seen(*_ERROR, fault="unmatched", reason="none", meant=_ANY),
            Seen(*_ERROR, fault="unmatched", reason="none"),
            Seen(*_ERROR, fault="unmatched", reason="too-old", oldest=Pattern(r"^(?P<first>.+)$")),
            Seen(
                *_ERROR,
                fault="unmatched",
                reason=("not-released", "no-such-version"),
                newest=Pattern(r"^(?P<available>.+)$"),
            ),
            Seen(*_ERROR, fault="unmatched"),
            *judged("no-matching-distribution", Fact.PROJECT_DEPENDENCY, Fact.PROJECT_REQUIREMENT),
        ),
        why="pip takes only files made for this version of Python and for Linux. Its 'from versions' lists "
        "what there is; 'none' means no such package, or none for this Python.",
        fix=(
            "In requirements.txt replace {package} by {meant}   (if that is what was meant)",
            "In requirements.txt remove {standard}: it is a part of Python",
            "In requirements.txt remove {nonsense}: Ubuntu's pip freeze makes it up",
            "{file} is a file for Python {tagged}: name the package and a version in its place",
            "echo {fits} > .python-version   (the newest Python with a file of {wanted})",
            "In requirements.txt: {package}=={fitting}   (has a file for Python {minor})",
            "{package} needs Python {needs}: echo 3.N > .python-version with one of those",
            (
                "The oldest for this Python is {first}: pin that, or echo 3.N > "
                ".python-version with an older Python"
            ),
            "The newest there is for this Python is {available}: pin an existing one",
            "pip index versions {package}   (what exists?)",
            _PUSH,
        ),
        docs=_SUPPORT,
    ),
    Cause(
        id="dependency/tensorflow-no-wheel",
        level=Level.FAIL,
        codes=(),
        title="{wanted} has no wheel for {for_python}.",
        when=(
            Seen(*_ERROR, fault="tensorflow"),
            *judged("tensorflow-no-wheel", Fact.PROJECT_DEPENDENCY),
            *judged("tensorflow-pre-release", Fact.PROJECT_DEPENDENCY),
        ),
        why="TensorFlow is never built from source by pip. On Linux Python 3.10 has 2.8 to 2.21, 3.11 "
        "2.12 to 2.21, 3.12 2.16.1 to 2.21, 3.13 2.20 and 2.21; Python 3.14 has no stable release yet.",
        fix=(
            "echo {fits} > .python-version   (the newest Python with a wheel of {wanted})",
            "Or in requirements.txt: tensorflow-cpu=={newest}   (has a wheel for Python {minor})",
            "In requirements.txt replace {package} by {meant}",
            "git rm --ignore-unmatch runtime.txt   (it wins over .python-version)",
            "git add -A && git commit -m 'A Python that TensorFlow has' && git push heroku main",
        ),
        docs="https://www.tensorflow.org/install/pip",
        over=("dependency/no-matching-distribution",),
    ),
    Cause(
        id="dependency/conflict",
        level=Level.FAIL,
        codes=(),
        title="The requirements contradict each other: {because}",
        when=(Seen(*_ERROR, fault="conflict"), *judged("conflict", Fact.PROJECT_DEPENDENCY)),
        why="No set of versions satisfies all that is asked for, so nothing is installed. One of the two "
        "sides must give way.",
        fix=(
            "One of these must give way: {what}. Remove the pin of what you do not import yourself.",
            (
                "python -m venv /tmp/v && /tmp/v/bin/pip install --dry-run -r "
                "requirements.txt   (shows the same here)"
            ),
            _PUSH,
        ),
        docs="https://pip.pypa.io/en/stable/topics/dependency-resolution/",
    ),
    Cause(
        id="dependency/unpinned",
        level=Level.WARN,
        codes=(),
        title="No exact version is required of {package}.",
        when=judged("unpinned", Fact.PROJECT_DEPENDENCY),
        why="Each build may take a newer release, so an app can break with no change of its own.",
        fix=("pip freeze > requirements.txt   (in the environment in which the app works)", _PUSH),
        docs=_SUPPORT,
    ),
    Cause(
        id="dependency/gpu-build",
        level=Level.WARN,
        codes=(),
        title="{package} is the build for a GPU, and no dyno has one.",
        when=judged("gpu-build", Fact.PROJECT_DEPENDENCY),
        why="It brings CUDA libraries of hundreds of megabytes into the slug that nothing can use.",
        fix=(
            "In requirements.txt: {instead} for {package}   (x86_64; about {megabytes} MB less)",
            "For {torch}: --extra-index-url https://download.pytorch.org/whl/cpu and torch==2.N.N+cpu",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/slug-size",
        rivals=(Rival("build/slug-too-large", "the build ends because of its size"),),
        confidence=Confidence.LIKELY,
    ),
)
