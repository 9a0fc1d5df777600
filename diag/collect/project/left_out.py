"""The patterns of .slugignore, and of .gitignore where no git can be asked."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MOST_PATTERNS = 2000


@dataclass(frozen=True, slots=True)
class Patterns:
    """Files that are left out, by patterns in the manner of .gitignore."""

    _spec: GitIgnoreSpec | None = None

    @classmethod
    def of(cls, text: str, *, negation: bool) -> Patterns:
        """The patterns of a file's text. Without `negation` lines with ! are comments, as in .slugignore."""
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if not negation:
            lines = [line for line in lines if not line.startswith("!")]
        if not lines:
            return cls()
        from pathspec import GitIgnoreSpec

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # patterns that Python's expressions frown upon
            usable = [line for line in lines[:MOST_PATTERNS] if _is_pattern(line)]
            return cls(GitIgnoreSpec.from_lines(usable))

    def match(self, path: str) -> bool:
        """Whether the file is left out."""
        return self._spec is not None and self._spec.match_file(path)


def _is_pattern(line: str) -> bool:
    """Whether the line can be read as one: git ignores a line that can't."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True
