"""Tracebacks as CPython prints them, put together from frames."""

from __future__ import annotations

from checks.evidence import Evidence, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.collect.logs.exceptions import evidence_of
from diag.collect.logs.line import Line
from diag.collect.logs.tracebacks import Raised, Tracebacks
from diag.diagnose import diagnose
from diag.report import Diagnosis

SITE = "/app/.heroku/python/lib/python3.12/site-packages"
GUNICORN = (
    f'  File "{SITE}/gunicorn/util.py", line 370, in import_app\n    mod = importlib.import_module(module)\n'
)
FLASK = (
    f'  File "{SITE}/flask/app.py", line 917, in full_dispatch_request\n    rv = self.dispatch_request()\n'
)
ENVIRON = '  File "<frozen os>", line 685, in __getitem__\n'


def own(code: str = "f()", line: int = 3, file: str = "/app/app.py", function: str = "<module>") -> str:
    return f'  File "{file}", line {line}, in {function}\n    {code}\n'


def installed(file: str, code: str = "f()", function: str = "f") -> str:
    return f'  File "{SITE}/{file}", line 9, in {function}\n    {code}\n'


def raised(*frames: str, end: str) -> Raised:
    return raised_in(f"Traceback (most recent call last):\n{''.join(frames)}{end}")


def raised_in(text: str) -> Raised:
    reader = Tracebacks()
    for number, each in enumerate(text.split("\n"), 1):
        reader.read(Line(number, None, "app", "web.1", each))
    (found,) = reader.flush()
    return found


def evidence(*frames: str, end: str, fact: Fact = Fact.BOOT_IMPORT, target: str = "") -> Evidence:
    return evidence_of(raised(*frames, end=end), fact, "The import of app:app", target)


def diagnoses(*found: Evidence) -> list[Diagnosis]:
    return list(diagnose([Result("logs", found, 0.0)], CATALOGUE, "logs", "").diagnoses)


def cause(*frames: str, end: str, fact: Fact = Fact.BOOT_IMPORT, target: str = "") -> tuple[str, str]:
    (diagnosis,) = diagnoses(evidence(*frames, end=end, fact=fact, target=target))
    return diagnosis.cause, diagnosis.confidence.value
