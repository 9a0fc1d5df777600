"""One whole traceback as it stands in a log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the file as the log names it, its line from 1, the function, and the code if it is shown.

    `function` is empty where a SyntaxError tells its place.
    """

    file: str
    line: int
    function: str
    code: str


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception with what led to it.

    `first` and `last` are line numbers, `at` is Unix time of the exception's own line. `chain` is
    (type, message) without the type's module, outermost (last printed) first; `direct` says for each
    after the first whether it was named the direct cause of the one before it. `frames` are the
    root's, the first few and the last ones. `heading` introduced it; `context` is ``boot``,
    ``request``, ``release``, ``build``, ``background`` or empty, as far as heading and frames tell.
    """

    first: int
    last: int
    at: float | None
    process: str
    chain: tuple[tuple[str, str], ...]
    direct: tuple[bool, ...] = ()
    frames: tuple[Frame, ...] = ()
    own: Frame | None = None
    heading: str = ""
    context: str = ""

    @property
    def type(self) -> str:
        """The type of the exception that was printed last."""
        return self.chain[0][0]

    @property
    def root(self) -> tuple[str, str]:
        """What all the rest came from: the direct causes followed, and what an exit was the answer to.

        What merely happened before was handled, as `checks.exceptions.places.root_of` explains.
        """
        return self.chain[self.root_index]

    @property
    def root_index(self) -> int:
        """The place of the root in `chain`."""
        return root_index(self.chain, self.direct)


def root_index(chain: tuple[tuple[str, str], ...], direct: tuple[bool, ...]) -> int:
    """See `Raised.root`."""
    at = 0
    while at < len(direct) and not _says_it_all(chain[at]) and (direct[at] or _answers(*chain[at : at + 2])):
        at += 1
    return at


def _says_it_all(error: tuple[str, str]) -> bool:
    """Django on an engine it does not have: the module that is missing is a word of the settings."""
    return error[0] == "ImproperlyConfigured" and "isn't an available database backend" in error[1]


def _answers(error: tuple[str, str], before: tuple[str, str]) -> bool:
    """Whether it only passes on what was being handled: an exit, Django on a missing database driver."""
    return error[0] == "SystemExit" or (
        error[0] == "ImproperlyConfigured"
        and error[1].startswith("Error loading")
        and before[0] in ("ImportError", "ModuleNotFoundError")
    )
