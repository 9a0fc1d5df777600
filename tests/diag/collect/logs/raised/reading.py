"""Two tracebacks, and what is read of a text."""

from __future__ import annotations

from collections.abc import Iterable

from diag.collect.logs.line import Line
from diag.collect.logs.tracebacks import Raised, Tracebacks

MISSING = """\
Traceback (most recent call last):
  File "/app/app.py", line 11, in <module>
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
                               ~~~~~~~~~~^^^^^^^^^^^^^^
  File "<frozen os>", line 685, in __getitem__
KeyError: 'SECRET_KEY'"""

OTHER = """\
Traceback (most recent call last):
  File "/app/app.py", line 2, in <module>
    from flask_cors import CORS
ModuleNotFoundError: No module named 'flask_cors'"""


def lines(text: str, process: str = "web.1", source: str = "app", first: int = 1) -> list[Line]:
    return [
        Line(n, 1000.0 + n / 1000, source, process, each) for n, each in enumerate(text.split("\n"), first)
    ]


def read(given: str | Iterable[Line]) -> list[Raised]:
    reader = Tracebacks()
    for line in lines(given) if isinstance(given, str) else given:
        reader.read(line)
    return reader.flush()


def one(given: str | Iterable[Line]) -> Raised:
    raised = read(given)
    assert len(raised) == 1, raised
    return raised[0]


def prefixed(prefix: str, text: str) -> str:
    return "\n".join(prefix + each for each in text.split("\n"))
