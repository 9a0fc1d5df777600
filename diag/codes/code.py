"""The form of an entry."""

from __future__ import annotations

from dataclasses import dataclass

ERROR_CODES = "https://devcenter.heroku.com/articles/error-codes"
READ_LOG = "heroku logs -n 1500 | python -m diag logs"


@dataclass(frozen=True, slots=True)
class Code:
    """A code (``H10``) or an exit status (``exit 137``).

    `title` is Heroku's own word for it. `look` are commands and advice that show more. `causes` are
    ids of the catalogue, most frequent first.
    """

    name: str
    title: str
    meaning: str
    look: tuple[str, ...] = (READ_LOG,)
    docs: str = ERROR_CODES
    causes: tuple[str, ...] = ()
