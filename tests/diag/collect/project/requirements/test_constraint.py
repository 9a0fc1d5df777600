"""Poetry's constraints. Each case was compared with poetry-core 2.4.1."""

from __future__ import annotations

import pytest

from diag.collect.project.requirements.constraint import allows, specifiers


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^3.10", ["3.10.0", "3.14.7"], ["3.9.9", "4.0.0"]),
        ("^3.10.2", ["3.10.2", "3.13.0"], ["3.10.1", "4.0"]),
        ("^0.3", ["0.3.9"], ["0.4.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0", ["0.9"], ["1.0"]),
        ("~3.11", ["3.11.0", "3.11.16"], ["3.12.0"]),
        ("~3.11.2", ["3.11.2", "3.11.9"], ["3.12", "3.11.1"]),
        ("~3", ["3.0", "3.9"], ["4.0"]),
        ("3.12.*", ["3.12.4"], ["3.13.0"]),
        (">=3.9,<3.12", ["3.9.0", "3.11.9"], ["3.12.0"]),
        (">=3.9 <3.12", ["3.11.9"], ["3.12.0"]),
        (">= 3.9, != 3.10.*", ["3.11.0"], ["3.10.4"]),
        ("*", ["2.7", "9.9"], []),
        ("3.11", ["3.11"], ["3.11.1"]),
        ("^3.8 || ^2.7", ["2.7.18", "3.9.0"], ["1.0"]),
        ("~2.7 | ^3.6", ["3.6.1"], ["2.8"]),
    ],
)
def test_what_they_allow(text: str, inside: list[str], outside: list[str]) -> None:
    assert all(allows(text, version) for version in inside)
    assert not any(allows(text, version) for version in outside)


@pytest.mark.parametrize("text", ["", "latest", "^x", ">=3.9 or so", ">" * 600, "^" + "9" * 400, ">=1,,<2,x"])
def test_what_is_not_understood(text: str) -> None:
    assert specifiers(text) is None
    assert allows(text, "3.12") is None
