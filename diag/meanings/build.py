"""Before anything runs: the build, the version of Python, what is installed."""

from diag.meanings.meaning import Meaning

BUILD = {
    "build/no-python-files": Meaning("PL", "no file in the root tells the buildpack that this is Python."),
    "build/app-in-subdirectory": Meaning("PL", "the Python project lies below the root that is deployed."),
    "build/package-manager-none": Meaning(
        "PL", "the root has none of requirements.txt, Pipfile.lock, poetry.lock and uv.lock."
    ),
    "build/package-manager-multiple": Meaning("PL", "the root has more than one of those files."),
    "build/pipfile-without-lock": Meaning("PL", "there is a Pipfile and no Pipfile.lock."),
    "build/setup-py-only": Meaning("PL", "setup.py is all that names the requirements."),
    "build/lockfile-stale": Meaning("PL", "a lock file does not fit its manifest, or can't be parsed."),
    "build/project-not-installable": Meaning(
        "PL", "Poetry takes the app for a library and can't install it: there is no package of its name."
    ),
    "build/venv-committed": Meaning("PL", "the folder of a virtual environment is in the source."),
    "build/requirements-unreadable": Meaning(
        "PL", "requirements.txt can't be decoded as pip does it, or a line is no valid requirement."
    ),
    "build/platform-only-package": Meaning(
        "PL", "a package for Windows or macOS alone is required, such as pywin32."
    ),
    "build/native-library-missing": Meaning(
        "L", "a package is built from source and lacks headers or a program such as pg_config."
    ),
    "build/source-build-failed": Meaning(
        "PL", "a pin has no wheel, and its source does not compile on this Python; no header is missing."
    ),
    "build/package-metadata-broken": Meaning(
        "L", "the installed pip or setuptools refuses a package's own metadata or setup."
    ),
    "build/installer-pinned": Meaning(
        "PL", "the requirements pin pip, setuptools or wheel, and so break or downgrade the installer."
    ),
    "build/hook-failed": Meaning(
        "LD", "bin/pre_compile or bin/post_compile ended with another status than 0."
    ),
    "build/collectstatic-failed": Meaning("PL", "Django's collectstatic failed during the build."),
    "build/nltk-data-missing": Meaning("PL", "nltk is installed and its data is not (there is no nltk.txt)."),
    "build/slug-too-large": Meaning("PL", "the compressed slug is over the limit."),
    "build/timeout": Meaning("L", "the build took longer than the platform allows."),
    "build/stack-unsupported": Meaning("L", "the stack has reached its end of life, or is unknown."),
    "build/unsafe-config-var": Meaning(
        "CL", "a config var such as PYTHONHOME, PIP_TARGET or VIRTUAL_ENV breaks the build."
    ),
    "build/duplicate-buildpack": Meaning("L", "the Python buildpack runs twice in one build."),
    "build/wrong-buildpack": Meaning(
        "PL", "another buildpack takes the app, so that Python's packages are never installed."
    ),
    "build/download-failed": Meaning(
        "L", "Python or a package could not be downloaded, though what was asked for exists."
    ),
    "build/uncommitted-changes": Meaning("P", "the working tree is not what a push would deploy."),
    "python/version-unsupported": Meaning(
        "PL", "the requested Python is past its end of life, unknown, or not available in that patch."
    ),
    "python/version-file-invalid": Meaning(
        "PL",
        "runtime.txt or .python-version is misspelt, misencoded or empty, or has anything but one version.",
    ),
    "python/runtime-txt-deprecated": Meaning(
        "PL", "runtime.txt names the version: deprecated on Cedar, refused with uv and on Fir."
    ),
    "python/version-unpinned": Meaning("PL", "nothing names a version, so the platform's default decides."),
    "python/version-differs-locally": Meaning(
        "PC", "the Python here is another minor version than the one deployed."
    ),
    "dependency/module-not-found": Meaning(
        "PCLD", "the app imports a module that nothing in its requirements provides."
    ),
    "dependency/server-missing": Meaning(
        "PLD", "the web server that the Procfile starts is not installed (gunicorn: command not found)."
    ),
    "dependency/unpinned": Meaning("P", "a requirement has no exact version."),
    "dependency/no-matching-distribution": Meaning(
        "PL", "a pin has no distribution for this Python or this architecture."
    ),
    "dependency/tensorflow-no-wheel": Meaning("PL", "TensorFlow has no wheel for the chosen Python."),
    "dependency/conflict": Meaning("PL", "the requirements contradict each other (ResolutionImpossible)."),
    "dependency/gpu-build": Meaning("PC", "a build for CUDA is required, and no dyno has a GPU."),
    "dependency/numpy-abi": Meaning(
        "PLD", "an extension was compiled for another major version of NumPy than is installed."
    ),
    "dependency/protobuf-descriptors": Meaning(
        "PLD", "generated code and the installed protobuf do not fit each other."
    ),
    "dependency/flask-family-mismatch": Meaning(
        "PLD", "the versions of Flask, Werkzeug, Jinja2 and MarkupSafe do not fit together."
    ),
    "dependency/flask-removed-api": Meaning(
        "PLD", "the code or an add-on uses what the installed Flask no longer has."
    ),
    "dependency/django-removed-api": Meaning(
        "PLD", "the code or an add-on uses what the installed Django no longer has."
    ),
    "dependency/pkg-resources-missing": Meaning(
        "PLD", "a package imports pkg_resources, which setuptools no longer brings."
    ),
    "dependency/worker-class-invalid": Meaning(
        "LD", "gunicorn's worker class is not installed, or does not fit gunicorn."
    ),
    "dependency/shared-library-missing": Meaning(
        "PLD", "an import needs a system library that the stack lacks, such as libGL.so.1."
    ),
    "dependency/binary-incompatible": Meaning(
        "LD", "native code does not fit the machine: SIGSEGV, SIGILL, GLIBC's version, the architecture."
    ),
    "dependency/tensorflow-import-failed": Meaning(
        "CLD", "TensorFlow is installed and its import fails for a reason that has no id of its own."
    ),
}
