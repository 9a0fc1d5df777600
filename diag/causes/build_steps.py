"""Causes that lie in a step of the build: compiling a package, hooks, Django, NLTK, the slug."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE

_ANY = Pattern(r".")
_ERROR = (Fact.BUILD_ERROR,)
_EITHER = (Fact.BUILD_ERROR, Fact.BUILD_WARNING)
_SUPPORT = "https://devcenter.heroku.com/articles/python-support"
_PUSH = 'git commit -am "Mend the build" && git push heroku main'

BUILD_STEPS = (
    Cause(
        id="build/native-library-missing",
        level=Level.FAIL,
        codes=(),
        title="{subject} is built from source and needs {library}, which the build does not have.",
        when=(
            Seen(*_ERROR, fault="native", unknown_header=_ANY, confidence=Confidence.LIKELY),
            Seen(*_ERROR, fault="native"),
        ),
        why="Without a wheel that fits, pip compiles the package, and that needs the headers or the "
        "config program of the library it wraps. pip installs Python packages only.",
        fix=(
            "In requirements.txt replace {package} by {instead}   (comes compiled)",
            "In requirements.txt take a newer {newest}, which comes compiled: pip index versions {newest}",
            "heroku buildpacks:add --index 1 {buildpack}",
            (
                "heroku buildpacks:add --index 1 heroku-community/apt && echo '{apt}' >> "
                "Aptfile && git add Aptfile"
            ),
            (
                "pip download --no-deps --only-binary :all: --python-version {minor} "
                "{package}   (has it a wheel?)"
            ),
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/stack-packages",
        over=("build/source-build-failed",),
        rivals=(Rival("build/source-build-failed", "the header belongs to the package itself or to Python"),),
    ),
    Cause(
        id="build/source-build-failed",
        level=Level.FAIL,
        codes=(),
        title="{subject} does not build from source, and no wheel of it was taken: {said}",
        when=(
            Seen(*_ERROR, fault="source-build", reason="untold", confidence=Confidence.LIKELY),
            Seen(*_ERROR, fault="source-build", reason="retired"),
            Seen(*_ERROR, fault="source-build", reason="python", python=_ANY),
            Seen(*_ERROR, fault="source-build", reason="module"),
            Seen(*_ERROR, fault="source-build"),
            *judged("distribute", Fact.PROJECT_REQUIREMENT),
            *judged("source-build", Fact.PROJECT_DEPENDENCY, Fact.PROJECT_REQUIREMENT),
        ),
        why="pip takes a compiled file (wheel) where the index has one for this Python; else it compiles "
        "the source, and old source does not compile with a newer Python, Cython or compiler.",
        fix=(
            "In requirements.txt replace {name} by {meant}",
            "In requirements.txt remove {standard}: it is a part of Python",
            "It runs on Python {needs}: echo 3.N > .python-version with one of those, if Heroku still has it",
            "In requirements.txt: {compiled}=={newest}   (has a wheel for Python {minor})",
            "Or echo {fits} > .python-version   (the newest Python with a wheel of {subject})",
            "In requirements.txt take another {compiled}: pip index versions {compiled}",
            "It needs {module} while it is built: take a release that has a wheel, or one that declares it",
            (
                "pip download --no-deps --only-binary :all: --python-version {minor} "
                "{compiled}   (is there a wheel?)"
            ),
            _PUSH,
        ),
        docs=_SUPPORT,
        rivals=(
            Rival("build/native-library-missing", "the lines above name a header or a config program"),
            Rival("build/package-metadata-broken", "the setup script fails before anything is compiled"),
        ),
    ),
    Cause(
        id="build/package-metadata-broken",
        level=Level.FAIL,
        codes=(),
        title="The installed pip or setuptools rejects {subject}: {said}",
        when=(
            Seen(*_ERROR, fault="package-metadata", reason="metadata", package=_ANY),
            Seen(*_ERROR, fault="package-metadata", reason="setup"),
            Seen(*_ERROR, fault="package-metadata", confidence=Confidence.LIKELY),
        ),
        why="pip 24.1 and later refuse metadata that breaks the rules, and newer setuptools dropped what "
        "old setup scripts use (use_2to3, Feature, pkg_resources). The package "
        "did not change, the tools did.",
        fix=(
            "In requirements.txt take a newer {package}: pip index versions {package}",
            "If none is newer: replace {package}, or install a fixed copy of it from a repository of yours",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/changelog-items/3073",
        over=("dependency/no-matching-distribution", "build/source-build-failed"),
    ),
    Cause(
        id="build/hook-failed",
        level=Level.FAIL,
        codes=(),
        title="The script {hook} ended with an error in the build.",
        when=(
            Seen(*_ERROR, fault="hook", exception=_ANY, hook=_ANY),
            Seen(*_ERROR, fault="hook", hook=_ANY),
        ),
        why="The buildpack runs bin/pre_compile and bin/post_compile when they exist, with the config "
        "vars, and stops at the first that ends with another status than 0.",
        fix=(
            "It raised {exception}, in {file}, line {line}",
            "sed -n 1,40p {hook}   (set -x at its top shows which command fails)",
            "git rm {hook}   (if nothing needs it)",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/python-support#build-hooks",
    ),
    Cause(
        id="build/collectstatic-failed",
        level=Level.FAIL,
        codes=(),
        title="Django's collectstatic failed in the build: {because}",
        when=(
            Seen(*_ERROR, fault="collectstatic", exception=Pattern(r"(?P<setting>STATIC_ROOT|STATIC_URL)")),
            Seen(*_ERROR, fault="collectstatic", exception=_ANY),
            Seen(*_ERROR, fault="collectstatic"),
            *judged("static-root", Fact.PROJECT_CONFIG),
        ),
        why="The build runs manage.py collectstatic, which imports the settings with the config vars of "
        "the app. An exception there ends the build before anything is deployed.",
        fix=(
            "heroku config:set {variable}=…   (the settings read it in the build, too)",
            "printf '\\n{distribution}\\n' >> requirements.txt   (the settings import it)",
            "In settings.py set {setting}: STATIC_URL = 'static/' and STATIC_ROOT = BASE_DIR / 'staticfiles'",
            "python manage.py collectstatic --noinput   (shows the same here, with the same config vars set)",
            "heroku config:set DISABLE_COLLECTSTATIC=1   (only if the app serves no static files)",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/django-assets",
    ),
    Cause(
        id="build/nltk-data-missing",
        level=Level.FAIL,
        codes=(),
        title="nltk is installed and its data is not.",
        when=(
            *judged("nltk-data", Fact.PROJECT_REQUIREMENT),
            Seen(*_ERROR, fault="nltk"),
            Seen(Fact.BUILD_WARNING, fault="nltk-notice", confidence=Confidence.POSSIBLE),
            Seen(*ANYWHERE, chain=Pattern(r"Resource \W{0,8}(?P<resource>\w{1,60})\W{0,8} not found.*NLTK")),
            Seen(*ANYWHERE, chain=Pattern(r"LookupError:.*(?:nltk|NLTK)")),
        ),
        why="nltk downloads its corpora apart. The build does so for the names in nltk.txt; what a dyno "
        "downloads itself is gone at the next restart.",
        fix=(
            "echo {resource} >> nltk.txt",
            "Is more loaded? nltk.txt has one name a line, such as punkt_tab or stopwords.",
            "git add nltk.txt && git commit -m 'Name the NLTK data' && git push heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/python-nltk",
        rivals=(Rival("boot/missing-file", "the code never loads NLTK's data"),),
    ),
    Cause(
        id="build/slug-too-large",
        level=Level.FAIL,
        codes=(),
        title="The compressed slug has {size}, and the limit is {limit}.",
        when=(Seen(*_ERROR, fault="slug-too-large"), *judged("slug-too-large", Fact.PROJECT_SLUG)),
        why="All that is committed and all that is installed goes into the slug. TensorFlow with CUDA, "
        "torch with CUDA, models and data sets are what fills it.",
        fix=(
            "The largest parts: {largest}",
            "In requirements.txt: tensorflow-cpu for tensorflow   (half the size; a dyno has no GPU)",
            "For torch: --extra-index-url https://download.pytorch.org/whl/cpu and torch==2.N.N+cpu",
            "git ls-files -z | xargs -0 du -ch | sort -h | tail -20   (models and data belong into S3)",
            "printf 'data/\\nnotebooks/\\n*.ipynb\\n' >> .slugignore && git add .slugignore",
            "heroku plugins:install heroku-builds && heroku builds:cache:purge",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/slug-size",
    ),
    Cause(
        id="build/timeout",
        level=Level.FAIL,
        codes=(),
        title="The build took longer than Heroku allows.",
        when=(Seen(*_ERROR, fault="timeout"),),
        why="A build has 25 minutes (15 until March 2026). Compiling packages from source, or pip trying "
        "one release after another of packages without versions, uses them up.",
        fix=(
            "Pin every requirement: pip freeze > requirements.txt   (pip then tries one release each)",
            "heroku builds:output | grep -E 'Building wheel|multiple versions'   (what took the time?)",
            "Pin releases that have wheels for this Python; take downloads of models out of the hooks.",
            _PUSH,
        ),
        docs="https://devcenter.heroku.com/articles/slug-compiler#time-limit",
    ),
    Cause(
        id="build/download-failed",
        level=Level.WARN,
        codes=(),
        title="The build could not download what it needed.",
        when=(
            Seen(*_ERROR, fault="download", index=_ANY, confidence=Confidence.POSSIBLE),
            Seen(*_ERROR, fault="download"),
        ),
        why="The package index, or Heroku's store of Python builds, did not answer. The request itself "
        "is fine, so the same build usually goes through later.",
        fix=(
            "git commit --allow-empty -m 'Build again' && git push heroku main",
            "https://status.python.org and https://status.heroku.com   (is it a known disturbance?)",
            "heroku config | grep -E 'INDEX_URL|PROXY' | cut -d: -f1   (is an index of your own set?)",
        ),
        docs="https://status.heroku.com",
        confidence=Confidence.LIKELY,
        rivals=(Rival("dependency/no-matching-distribution", "it fails in the same way each time"),),
    ),
)
