"""The catalogue: every cause this project can name, family by family.

Within one piece of evidence the more exact cause wins by `Cause.over` and `Cause.general`, never by
its place here.
"""

from diag.causes.boot import BOOT
from diag.causes.config import CONFIG
from diag.causes.dependency import DEPENDENCY
from diag.causes.launch import LAUNCH
from diag.causes.memory import MEMORY
from diag.causes.model import MODEL
from diag.causes.model_source import MODEL_SOURCE
from diag.causes.port import PORT
from diag.causes.procfile import PROCFILE
from diag.causes.request import REQUEST
from diag.causes.service import SERVICE
from diag.causes.storage import STORAGE

CATALOGUE = (
    *DEPENDENCY,
    *LAUNCH,
    *PROCFILE,
    *PORT,
    *BOOT,
    *CONFIG,
    *STORAGE,
    *MODEL_SOURCE,
    *MODEL,
    *MEMORY,
    *REQUEST,
    *SERVICE,
)
