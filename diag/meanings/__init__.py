"""What each cause is, in a sentence without the values of a case, and which way in can see it.

The keys are the ids that last. A cause's own texts (`diag.causes`) speak of one app; these are for
the reader who looks a cause up.
"""

from diag.meanings.build import BUILD
from diag.meanings.data import DATA
from diag.meanings.meaning import WAYS, Meaning
from diag.meanings.preflight import PREFLIGHT
from diag.meanings.running import RUNNING
from diag.meanings.start import START

MEANINGS: dict[str, Meaning] = {**BUILD, **START, **DATA, **RUNNING, **PREFLIGHT}

FAMILIES = {
    "build": "the push or the build fails",
    "python": "the version of Python",
    "dependency": "what is installed",
    "procfile": "what the Procfile starts",
    "formation": "which dynos run",
    "release": "the release phase",
    "port": "where the web process listens",
    "boot": "from the launch to the bound port",
    "config": "config vars and settings",
    "storage": "S3 and the dyno's disk",
    "model": "the model",
    "memory": "the memory of a dyno",
    "request": "while requests are answered",
    "shutdown": "when a dyno stops",
    "service": "databases and other services",
    "platform": "the platform itself",
    "log": "the log itself",
    "preflight": "what the project tells preflight",
}

__all__ = ["FAMILIES", "MEANINGS", "WAYS", "Meaning"]
