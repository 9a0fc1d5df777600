"""The Python that a push would get."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeployedPython:
    """`minor` is ``3.13``; `where` the file and line that ask for it, empty when the platform decides."""

    minor: str
    where: str = ""

    @property
    def numbers(self) -> tuple[int, int]:
        """The version for comparisons: (3, 13)."""
        major, _, minor = self.minor.partition(".")
        return int(major), int(minor)

    @property
    def is_default(self) -> bool:
        """Whether nothing in the project asks for a version."""
        return not self.where
