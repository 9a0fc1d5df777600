"""The catalogue: every cause this project can name, family by family.

Within one piece of evidence the more exact cause wins by `Cause.over` and `Cause.general`, never by
its place here.
"""

from diag.causes.boot import BOOT
from diag.causes.build import BUILD
from diag.causes.config import CONFIG
from diag.causes.dependency import DEPENDENCY
from diag.causes.formation import FORMATION
from diag.causes.installation import INSTALLATION
from diag.causes.launch import LAUNCH
from diag.causes.log import LOG
from diag.causes.memory import MEMORY
from diag.causes.model import MODEL
from diag.causes.model_source import MODEL_SOURCE
from diag.causes.platform import PLATFORM
from diag.causes.port import PORT
from diag.causes.procfile import PROCFILE
from diag.causes.project_ignore import PROJECT_IGNORE
from diag.causes.python import PYTHON
from diag.causes.release import RELEASE
from diag.causes.request import REQUEST
from diag.causes.service import SERVICE
from diag.causes.shutdown import SHUTDOWN
from diag.causes.storage import STORAGE

CATALOGUE = (
    *BUILD,
    *PYTHON,
    *INSTALLATION,
    *DEPENDENCY,
    *PROCFILE,
    *FORMATION,
    *RELEASE,
    *PORT,
    *LAUNCH,
    *BOOT,
    *CONFIG,
    *STORAGE,
    *MODEL_SOURCE,
    *MODEL,
    *MEMORY,
    *REQUEST,
    *SHUTDOWN,
    *SERVICE,
    *PLATFORM,
    *LOG,
    *PROJECT_IGNORE,
)
