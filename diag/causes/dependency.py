"""Causes about what is installed: what is missing, and versions that do not fit each other."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE, AT_BOOT

_PUSH = 'git commit -am "Mend the requirements" && git push heroku main'
_PYTHON = "https://devcenter.heroku.com/articles/python-support"

# What Werkzeug, Jinja2, MarkupSafe and itsdangerous dropped and older sisters of them still import.
# Compared in the packages: Werkzeug 0.14 to 3.1 (gone in 1.0, 2.1, 2.2, 2.3 and 3.0), Jinja2 2.10 to 3.1
# (3.0, 3.1), MarkupSafe 1.1 to 3.0 (2.1), itsdangerous 1.1 to 2.2 (2.1).
_FLASK_FAMILY = Pattern(
    r"cannot import name '(?P<name>url_(?:quote|quote_plus|unquote|unquote_plus|encode|decode|parse|join"
    r"|unparse|fix)|BaseRequest|BaseResponse|safe_str_cmp|parse_rule|cached_property|secure_filename"
    r"|generate_password_hash|check_password_hash|FileStorage|Href|pop_path_info|peek_path_info"
    r"|escape|Markup|contextfunction|contextfilter|evalcontextfunction|evalcontextfilter"
    r"|environmentfunction|environmentfilter|soft_unicode"
    r"|json|TimedJSONWebSignatureSerializer|JSONWebSignatureSerializer)'"
    r" from '(?P<sister>werkzeug|jinja2|markupsafe|itsdangerous)\b"
)
# Compared in the packages, Flask 0.10 to 3.1: gone in 1.0, 2.0, 2.1 (`helper`), 2.3 and 3.0 (`markup`,
# `context`: until 2.3 a module's __getattr__ still gives them).
_FLASK_GONE = Pattern(
    r"(?:cannot import name|module 'flask(?:\.json)?' has no attribute) "
    r"'(?:(?P<json>JSONEncoder|JSONDecoder)|(?P<markup>Markup|escape)"
    r"|(?P<context>_app_ctx_stack|_request_ctx_stack)|(?P<helper>safe_join|total_seconds))'"
    r"(?: from 'flask(?:\.[\w.]+)?'|$)"
    r"|'(?:Flask|Blueprint)' object has no attribute '(?P<attribute>before_first_request"
    r"|before_app_first_request|json_encoder|json_decoder)'"
    r"|No module named '(?P<part>flask\.(?:_compat|ext)\b[\w.]*)'"
)
# Compared in the packages, Django 1.4 to 5.2. Not NullBooleanField: its class is still there.
_DJANGO_GONE = Pattern(
    r"cannot import name '(?P<import>six|lru_cache|python_2_unicode_compatible|available_attrs"
    r"|ContextDecorator|curry|render_to_response|ugettext|ugettext_lazy|ugettext_noop|ungettext"
    r"|ungettext_lazy|string_concat|force_text|smart_text|urlquote|urlquote_plus|urlunquote"
    r"|urlunquote_plus|is_safe_url|url|patterns|FieldDoesNotExist|FixedOffset|utc"
    r"|get_storage_class)' from 'django\.[\w.]+'"
    r"|No module named '(?P<part>django\.(?:utils\.(?:six|lru_cache|importlib|simplejson|unittest|tzinfo"
    r"|datetime_safe|baseconv)|core\.(?:urlresolvers|context_processors)|conf\.urls\.defaults"
    r"|contrib\.(?:comments|formtools|staticfiles\.templatetags|admin\.templatetags\.admin_static)"
    r"|db\.backends\.postgresql_psycopg2)\b[\w.]*)'"
    r"|Signal\.__init__\(\) got an unexpected keyword argument '(?P<argument>providing_args)'"
    r"|(?:ForeignKey|OneToOneField)\.__init__\(\) missing 1 required positional argument: "
    r"'(?P<required>on_delete)'"
)
_NUMPY_ABI = Pattern(
    r"(?P<too_new>numpy\.dtype size changed|_ARRAY_API not found|compiled using NumPy 1\.x cannot be run"
    r"|numpy\.core\.(?:multiarray|umath) failed to import"
    r"|Unable to convert function return value to a Python type! The signature was \(\) -> handle"
    r"|compiled against ABI version 0x1\w+ but this version of numpy is 0x2\w+)"
    r"|(?P<too_old>module (?:was )?compiled against (?:NumPy C-)?API version 0x\w+)"
)
_PROTOBUF = Pattern(
    r"(?P<older_code>Descriptors can(?:not)? (?:not )?be created directly)"
    r"|Detected \w+ Protobuf Gencode/Runtime (?:major )?versions when loading (?P<proto>[^\s:]+): "
    r"gencode (?P<gencode>[\d.]*\d)\S* runtime (?P<runtime>[\d.]*\d)"
    r"|cannot import name '(?P<newer_code>runtime_version|builder)' from 'google\.protobuf"
)
_ANY = Pattern(r".")
_LIBRARY = Pattern(
    r"(?:(?=(?P<opencv>libGL)\.so)|)(?P<library>lib[\w.+-]+?\.so[.\d]*): cannot open shared object file"
    r"|cannot load library '(?P<library_2>lib[^']+)'"
    r"|(?:no library called \"|[Uu]nable to find |failed to find )(?P<library_3>cairo|zbar|libmagic)"
    r"|(?P<library_4>sndfile|PortAudio) library not found"
)
_CUDA = Pattern(
    r"(?P<cuda>lib(?:cu(?:dart|blas|dnn|fft|rand|solver|sparse|pti)|nv|nccl)[\w.-]*?\.so[.\d]*): cannot open"
)
_NATIVE_MESSAGE = Pattern(
    r"version [`'](?P<symbols>(?:GLIBC|GLIBCXX|CXXABI)_[\w.]+)' not found"
    r"|wrong ELF class|invalid ELF header|[Ee]xec format error|cannot execute binary file"
    r"|compiled to use \w+ instructions"
)
# Words of a death that is about memory or threads and not about the machine.
_OF_NATIVE_CODE = Pattern(
    r"^(?!.*(?:bad_alloc|[Oo]ut of memory|[Cc]annot allocate memory|Resource temporarily unavailable"
    r"|start new thread|pthread_create|blas_thread_init|_NUM_THREADS))"
)
_CRASH = ("SIGILL", "SIGSEGV", "SIGBUS", "SIGABRT")

_WORKER_CLASS = Pattern(
    r"class uri '(?P<worker>(?P<runs_on>gevent|eventlet|tornado|uvicorn)?[^']*)' invalid or not found"
    r"|(?P<needed>gevent|eventlet|tornado) worker requires "
    r"|cannot import name '(?P<old>ALREADY_HANDLED)' from 'eventlet"
)

DEPENDENCY = (
    Cause(
        id="dependency/module-not-found",
        level=Level.FAIL,
        codes=("H10",),
        title="The module {module} is imported, and nothing that is installed provides it.",
        when=(
            *judged("module", Fact.PROJECT_SOURCE),
            *judged("own-module", Fact.PROJECT_SOURCE),
            *judged("old-for-python", Fact.PROJECT_DEPENDENCY, module=_ANY),
            *judged("own-module-left-out", Fact.PROJECT_SOURCE),
            *judged("own-module-case", Fact.PROJECT_SOURCE),
            Seen(*ANYWHERE, fault=("module", "submodule"), module=Pattern(r".")),
            # By its name alone it may be a module of the project.
            Seen(*ANYWHERE, fault="module-unsure", confidence=Confidence.LIKELY),
            Seen(*ANYWHERE, fault="spacy", module=Pattern(r"^(?P<spacy>.+)$"), confidence=Confidence.LIKELY),
        ),
        why="A dyno has only what the requirements name. Where the web server imports it, the web process "
        "ends, and the router answers each request with H10.",
        fix=(
            (
                "printf '\\n{distribution}\\n' >> requirements.txt   (uv: uv add {distribution}; "
                "Poetry: poetry add {distribution})"
            ),
            'git commit -am "Require {distribution}" && git push heroku main',
            (
                "{installed} {version} is installed and has no {module}: in requirements.txt pin the "
                "{installed} the code was written for, or change the import."
            ),
            (
                "{package_of} is there and has no {module}: in requirements.txt pin the {package_of} the "
                "code was written for, or change the import."
            ),
            (
                "{spacy} is one of spaCy's models: add the URL of its wheel from "
                "https://github.com/explosion/spacy-models/releases to requirements.txt"
            ),
            (
                'Python {last_python} was the last with {module}: echo "{last_python}" > .python-version'
                "   (or stop using it)"
            ),
            "In requirements.txt: {package}=={newer}   (the first that runs on Python {minor})",
            "Or echo {fits} > .python-version   (the newest Python that {package} {package_version} runs on)",
            "git ls-files | grep -i {not_in_slug}; grep -n . .gitignore .slugignore   (is it committed?)",
            'git add -f {not_in_slug} && git commit -m "Add {not_in_slug}" && git push heroku main',
            "The project has {own_file}; if that is meant: import {own_import}",
            "If it is the project's own: git ls-files | grep -i {maybe_own}   (committed, same capitals?)",
            "{python_2} is a module of Python 2; Python 3 names it otherwise (urllib2 is urllib.request).",
        ),
        docs=_PYTHON,
        rivals=(
            Rival(
                "boot/import-error",
                "git ls-files | grep -i NAME: it is a module of the project, or was meant to be one",
            ),
        ),
        over=("config/django-settings",),
    ),
    Cause(
        id="dependency/numpy-abi",
        level=Level.FAIL,
        codes=("H10",),
        title="An extension was built for another NumPy than the installed one.",
        when=(Seen(*ANYWHERE, chain=_NUMPY_ABI), *judged("numpy-abi", Fact.PROJECT_DEPENDENCY)),
        why="Compiled packages fit one major version of NumPy. Without a pin a new build takes NumPy 2, "
        "and packages built for NumPy 1 no longer load.",
        fix=(
            'In requirements.txt: numpy<2   (it failed with "{too_new}")',
            "In requirements.txt: numpy{below}   ({package} {package_version} was built for NumPy 1)",
            'In requirements.txt: a newer numpy   (it failed with "{too_old}")',
            "Or a newer {package}: pip index versions {package}   (installed: {package_version})",
            _PUSH,
        ),
        docs="https://numpy.org/doc/stable/user/troubleshooting-importerror.html",
        confidence=Confidence.LIKELY,
        rivals=(Rival("dependency/module-not-found", "heroku run pip show numpy finds no numpy"),),
    ),
    Cause(
        id="dependency/protobuf-descriptors",
        level=Level.FAIL,
        codes=("H10",),
        title="Generated protobuf code and the installed protobuf do not fit.",
        when=(
            Seen(*ANYWHERE, chain=_PROTOBUF),
            *judged("protobuf-code", Fact.PROJECT_SOURCE),
            *judged("protobuf", Fact.PROJECT_DEPENDENCY),
        ),
        why="A _pb2.py file works with the protobuf it was generated for and with some later ones, never "
        "with all. Without a pin a new build takes the newest protobuf.",
        fix=(
            'In requirements.txt: protobuf==3.20.3   (the last that permits what failed: "{older_code}")',
            "In requirements.txt: protobuf{below}   ({package} {package_version} was made for protobuf 3)",
            "In requirements.txt: protobuf>={gencode}   ({proto} was made with it; installed: {runtime})",
            (
                "In requirements.txt: a protobuf as new as the protoc that wrote the code   "
                "(the installed one has no {newer_code})"
            ),
            "Or generate anew: python -m grpc_tools.protoc -I. --python_out=. YOUR.proto",
            _PUSH,
        ),
        docs="https://protobuf.dev/support/cross-version-runtime-guarantee/",
    ),
    Cause(
        id="dependency/flask-family-mismatch",
        level=Level.FAIL,
        codes=("H10",),
        title="{name} is imported from {sister}, whose installed version no longer has it.",
        title_without="{package} {package_version} does not run with {sister} {installed}.",
        when=(
            *judged("flask-family-code", Fact.PROJECT_SOURCE),
            *judged("flask-family", Fact.PROJECT_DEPENDENCY),
            *judged("sqlalchemy", Fact.PROJECT_DEPENDENCY),
            Seen(*ANYWHERE, chain=_FLASK_FAMILY),
        ),
        why="Flask, Werkzeug, Jinja2, MarkupSafe and itsdangerous go together. An old Flask that is pinned "
        "alone meets the newest of the others, which dropped what it imports.",
        fix=(
            "In requirements.txt: Flask>=3   (remove the pins of Werkzeug, Jinja2, MarkupSafe, itsdangerous)",
            (
                'For Flask 2: In requirements.txt: "Werkzeug<3"   For Flask 1: "Werkzeug<2.1", "Jinja2<3.1", '
                '"MarkupSafe<2.1", "itsdangerous<2.1"'
            ),
            "It was {package} {package_version} that imported it.",
            "In requirements.txt: {sister}{below}   (or a newer {package})",
            _PUSH,
        ),
        docs="https://flask.palletsprojects.com/en/stable/changes/",
    ),
    Cause(
        id="dependency/flask-removed-api",
        level=Level.FAIL,
        codes=("H10",),
        title="The code uses an API that the installed Flask no longer has.",
        when=(
            *judged("flask-removed", Fact.PROJECT_SOURCE),
            *judged("flask-addon", Fact.PROJECT_DEPENDENCY),
            Seen(*ANYWHERE, chain=_FLASK_GONE),
        ),
        why="Flask 2.1, 2.3 and 3.0 removed what was deprecated before. Without a pin a new build takes the "
        "newest Flask.",
        fix=(
            'In requirements.txt: "Flask<2.3" and "Werkzeug<3"   (the last that have {attribute})',
            "{json} left Flask: from flask.json.provider import DefaultJSONProvider, in {file}, line {line}",
            "{markup} left Flask: from markupsafe import {markup}, in {file}, line {line}",
            'In requirements.txt: "Flask<3" and "Werkzeug<3"   (the last that have {context})',
            (
                "{helper} left Flask: safe_join is in werkzeug.utils, total_seconds() a method of timedelta; "
                "in {file}, line {line}"
            ),
            "It was {package} {package_version} that used it: take a newer one.",
            "Or in requirements.txt: {sister}{below}",
            "{part} left Flask: replace the add-on that imports it.",
            _PUSH,
        ),
        docs="https://flask.palletsprojects.com/en/stable/changes/",
        over=("dependency/module-not-found",),
    ),
    Cause(
        id="dependency/django-removed-api",
        level=Level.FAIL,
        codes=("H10",),
        title="The code or an add-on uses an API that the installed Django no longer has.",
        when=(
            *judged("django-removed", Fact.PROJECT_SOURCE, Fact.PROJECT_DEPENDENCY),
            Seen(*ANYWHERE, chain=_DJANGO_GONE),
        ),
        why="Each Django removes what was deprecated two releases before. Without a pin a new build takes "
        "the newest Django.",
        fix=(
            "In requirements.txt: {package}>={newer}   (the first that does without it)",
            "Or replace it with {instead}",
            "It was {package} {package_version} that used it: take a newer one.",
            "{import} left Django: replace it in {file}, line {line}   (the release notes name what to use)",
            "{part} left Django: replace its import in {file}, line {line}",
            "{argument} left Django: remove it in {file}, line {line}",
            "{required} is now required: add it in {file}, line {line}",
            "Or in requirements.txt pin the Django the code was written for.",
            _PUSH,
        ),
        docs="https://docs.djangoproject.com/en/stable/internals/deprecation/",
        over=("dependency/module-not-found",),
    ),
    Cause(
        id="dependency/pkg-resources-missing",
        level=Level.FAIL,
        codes=("H10",),
        title="pkg_resources is imported, and no installed setuptools brings it.",
        when=(
            *judged("pkg-resources", Fact.PROJECT_SOURCE, Fact.PROJECT_DEPENDENCY),
            Seen(*ANYWHERE, chain=Pattern(r"No module named 'pkg_resources'")),
        ),
        why="pkg_resources was a part of setuptools, which left it out from version 82 on; since Python "
        "3.12 setuptools itself is there only when it is required.",
        fix=(
            "printf '\\nsetuptools<82\\n' >> requirements.txt",
            "It was {package} {package_version} that imported it: a newer one may not need it.",
            _PUSH,
        ),
        docs="https://setuptools.pypa.io/en/stable/history.html#v82-0-0",
        over=("dependency/module-not-found",),
    ),
    Cause(
        id="dependency/worker-class-invalid",
        level=Level.FAIL,
        codes=("H10",),
        title="gunicorn can't load its worker class.",
        when=(
            *judged("worker-class-invalid", Fact.PROJECT_COMMAND),
            Seen(*AT_BOOT, chain=_WORKER_CLASS),
            Seen(Fact.LAUNCH, fault=("class-uri", "worker-needs"), reason=_WORKER_CLASS),
        ),
        why="The worker class in --worker-class, GUNICORN_CMD_ARGS or the configuration is misspelt, or "
        "the package it runs on is not installed or does not fit this gunicorn.",
        fix=(
            (
                "In Procfile, replace the worker class {worker}: web: gunicorn app.wsgi:app "
                "--worker-class gthread --threads 4"
            ),
            "printf '\\n{needed}\\n' >> requirements.txt",
            "{old} left eventlet: in requirements.txt take gunicorn>=21.2",
            "If requirements.txt does not name {runs_on}: printf '\\n{runs_on}\\n' >> requirements.txt",
            'git commit -am "Fix the worker class" && git push heroku main',
        ),
        docs="https://docs.gunicorn.org/en/stable/settings.html#worker-class",
        over=("dependency/module-not-found",),
    ),
    Cause(
        id="dependency/shared-library-missing",
        level=Level.FAIL,
        codes=("H10",),
        title="{package} needs {library}, and a dyno does not have it.",
        title_without="An import needs a system library that is not on this machine.",
        when=(
            Seen(*ANYWHERE, chain=_CUDA),
            Seen(*ANYWHERE, chain=_LIBRARY),
            *judged("shared-library", Fact.PROJECT_DEPENDENCY),
        ),
        why="pip installs Python packages only. A system library is there when Heroku's stack or a "
        "buildpack brings it.",
        fix=(
            (
                "{cuda} is CUDA, and no dyno has a GPU: take the CPU build (tensorflow-cpu; torch from "
                "https://download.pytorch.org/whl/cpu)."
            ),
            "For {library}: heroku buildpacks:add --index 1 heroku-community/apt && echo {apt} >> Aptfile",
            "In requirements.txt: {instead} for {package}   (needs no {library})",
            "For OpenCV: in requirements.txt opencv-python-headless for opencv-python   (needs no {opencv})",
            'git add -A && git commit -m "Bring the system library" && git push heroku main',
        ),
        docs="https://devcenter.heroku.com/articles/stack-packages",
    ),
    Cause(
        id="dependency/binary-incompatible",
        level=Level.FAIL,
        codes=("H10",),
        title="{during} fails in native code that does not fit this machine.",
        title_without="Native code that does not fit this machine ends the process.",
        when=(
            Seen(*ANYWHERE, chain=_NATIVE_MESSAGE),
            Seen(*ANYWHERE, fault="architecture"),
            Seen(*ANYWHERE, fault="signal", signal=_CRASH, last_words=_OF_NATIVE_CODE),
            Seen(*ANYWHERE, fault=("signal", "exit"), last_words=_NATIVE_MESSAGE),
            Seen(Fact.WORKER_EXIT, fault="signal", signal=_CRASH),
            Seen(Fact.LAUNCH, fault="signal", signal=_CRASH),
            Seen(Fact.LAUNCH, fault="exec-format"),
        ),
        why="A compiled file was built for another processor, system or version of the C library, or two "
        "native libraries disagree. SIGILL means an instruction this processor lacks.",
        fix=(
            "heroku config:set PYTHONFAULTHANDLER=1   (the next crash prints the line that caused it)",
            "Install it from its wheel, not from a copy in the repository: git rm the .so file.",
            "{symbols} is newer than this stack's: heroku stack:set heroku-24 && git push heroku main",
            "In requirements.txt pin the release of the failing package that worked last.",
        ),
        docs="https://devcenter.heroku.com/articles/stack",
        confidence=Confidence.LIKELY,
        over=("dependency/shared-library-missing",),
        rivals=(
            Rival(
                "memory/thread-limit", '"Resource temporarily unavailable" or "pthread_create" just before'
            ),
        ),
    ),
    Cause(
        id="dependency/tensorflow-import-failed",
        level=Level.FAIL,
        codes=("H10",),
        title="TensorFlow is installed, and importing it does not succeed.",
        when=(
            Seen(*ANYWHERE, chain=Pattern(r"Failed to load the native TensorFlow runtime")),
            Seen(Fact.TENSORFLOW_IMPORT, type=Pattern(r".")),
            Seen(Fact.TENSORFLOW_IMPORT, fault=("signal", "exit")),
        ),
        why="Without TensorFlow the model can't be loaded, and the app has nothing to serve.",
        fix=(
            "heroku run \"python -c 'import tensorflow'\"   (shows the whole traceback in a fresh dyno)",
            "In requirements.txt: tensorflow-cpu pinned to a release with a wheel for this Python.",
            _PUSH,
        ),
        docs="https://www.tensorflow.org/install/pip",
        confidence=Confidence.LIKELY,
        over=("boot/import-error",),
        general=True,
    ),
)
