"""Poetry's own constraints (``^1.2``, ``~1.2``, ``>=1,<2 || ^3``) as specifiers."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

_PART = re.compile(
    r"(?P<operator>\^|~=|~|===?|!=|<=|>=|<|>|)\s{0,10}(?P<version>\d[\w.+*]{0,60}|\*)(?=[\s,]|$)"
)
_NUMBERS = re.compile(r"^\d{1,9}(?:\.\d{1,9}){0,5}")


def specifiers(text: str) -> tuple[SpecifierSet, ...] | None:
    """The sets of which one must hold; None for what is not understood."""
    found = [_all_of(each.strip()) for each in re.split(r"\|\|?", text)] if len(text) < 500 else [None]
    return None if None in found else tuple(each for each in found if each is not None)


def allows(text: str, version: str) -> bool | None:
    """Whether the constraint allows the version; None when it is not understood."""
    found = specifiers(text)
    return None if found is None else any(each.contains(version, prereleases=True) for each in found)


def _all_of(text: str) -> SpecifierSet | None:
    parts = list(_PART.finditer(text))
    rest = _PART.sub("", text)
    if not parts or rest.strip(" ,\t"):
        return None
    found = [_specifier(match["operator"], match["version"]) for match in parts]
    if None in found:
        return None
    try:
        return SpecifierSet(",".join(each for each in found if each))
    except InvalidSpecifier:
        return None


def _specifier(operator: str, version: str) -> str | None:
    if version == "*":
        return ""
    if operator in ("^", "~"):
        match = _NUMBERS.match(version)
        if match is None:
            return None
        numbers = [int(each) for each in match[0].split(".")]
        return f">={version},<{_upper(operator, numbers)}"
    if not operator:
        return f"=={version}"
    return f"{operator}{version}"


def _upper(operator: str, numbers: list[int]) -> str:
    """The first version that is too new: ^ keeps the first number that is not 0, ~ the first two."""
    kept = min(len(numbers), 2) - 1
    if operator == "^":
        kept = next((index for index, each in enumerate(numbers) if each), len(numbers) - 1)
    return ".".join(map(str, [*numbers[:kept], numbers[kept] + 1]))
