"""Exit statuses of a dyno's process (``Process exited with status N``).

128 and more is 128 plus the signal's number: the shell's convention. 3 and 4 are gunicorn's own
(`gunicorn/arbiter.py`).
"""

from diag.codes.code import READ_LOG, Code

_DYNOS = "https://devcenter.heroku.com/articles/dynos"
_GUNICORN = "https://devcenter.heroku.com/articles/python-gunicorn"
_BOOT = (
    "dependency/module-not-found",
    "procfile/wrong-target-module",
    "config/missing-var",
    "boot/import-error",
    "boot/syntax-error",
    "dependency/flask-family-mismatch",
    "boot/missing-file",
    "config/database-url-scheme",
    "service/database-unreachable",
    "config/django-settings",
    "dependency/numpy-abi",
    "dependency/shared-library-missing",
)

EXITS = (
    Code(
        "exit 0",
        "ended by itself",
        "The process came to its end. A release or one-off command may; a web process must not return.",
        docs=_DYNOS,
        causes=("boot/process-exited", "procfile/worker-as-web"),
    ),
    Code(
        "exit 1",
        "an error",
        "Python's status for an exception nobody caught, and gunicorn's when its master fails: with "
        "--preload, with a port in use, or with a setting it can't read. The lines above have the reason.",
        docs=_DYNOS,
        causes=(*_BOOT, "config/invalid-value", "port/already-in-use", "port/env-invalid"),
    ),
    Code(
        "exit 2",
        "wrong usage",
        "What Python and most programs say to arguments they do not know, or to a file that is not there.",
        docs=_DYNOS,
        causes=("procfile/wrong-target-module", "procfile/command-not-found"),
    ),
    Code(
        "exit 3",
        "Worker failed to boot",
        "gunicorn's workers could not import the app. The traceback above the line is the reason.",
        docs=_GUNICORN,
        causes=_BOOT,
    ),
    Code(
        "exit 4",
        "App failed to load",
        "gunicorn imported the module, and found no WSGI callable by the name after the colon.",
        docs=_GUNICORN,
        causes=("procfile/wrong-target-attribute",),
    ),
    Code(
        "exit 126",
        "not executable",
        "The shell found the command and may not run it: no execute permission, or not a program.",
        ("git update-index --chmod=+x FILE",),
        _DYNOS,
        ("procfile/command-not-found",),
    ),
    Code(
        "exit 127",
        "command not found",
        "The dyno's shell did not find the command, most often a server that is not in the requirements.",
        docs=_DYNOS,
        causes=("dependency/server-missing", "procfile/command-not-found", "boot/program-missing"),
    ),
    Code(
        "exit 132",
        "SIGILL",
        "An instruction that this processor does not have, as in a build that needs AVX.",
        docs=_DYNOS,
        causes=("dependency/binary-incompatible",),
    ),
    Code(
        "exit 134",
        "SIGABRT",
        "Native code gave up; its last words stand above. Often it got no memory, or no thread.",
        docs=_DYNOS,
        causes=("memory/thread-limit", "dependency/binary-incompatible", "dependency/protobuf-descriptors"),
    ),
    Code(
        "exit 137",
        "SIGKILL",
        "Killed from outside. The line above says by whom: R10 (no port in 60 s), R12 (did not stop), R15 "
        "(memory); without one it was the kernel, for memory.",
        (READ_LOG,),
        _DYNOS,
        (
            "port/hardcoded",
            "port/bound-to-localhost",
            "boot/too-slow",
            "procfile/worker-as-web",
            "memory/killed",
            "memory/leak",
            "memory/too-many-workers",
            "memory/spike",
            "shutdown/exit-timeout",
        ),
    ),
    Code(
        "exit 139",
        "SIGSEGV",
        "Native code touched memory that is not its own: an extension that does not fit the machine or "
        "another library.",
        docs=_DYNOS,
        causes=("dependency/binary-incompatible", "dependency/numpy-abi"),
    ),
    Code(
        "exit 143",
        "SIGTERM",
        "The process stopped because it was asked to: a deploy, a daily restart, scaling. Normal.",
        docs=_DYNOS,
        causes=("shutdown/normal-cycling",),
    ),
)
