"""What one kind of exception tells beyond its words.

Loaded when there is an exception to explain: a healthy worker needs no table of module names.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from checks.evidence import Dyno, Value
from checks.exceptions.files import missing_file, missing_library, missing_program
from checks.exceptions.modules import missing_attribute, missing_module, missing_name, no_target, raised_by
from checks.exceptions.places import is_own
from checks.exceptions.variables import invalid_settings, invalid_variable, missing_variable, unset_variable


def particulars(error: BaseException, dyno: Dyno, target: str) -> dict[str, Value]:
    """Whose code raised it, and what its kind tells beyond its words. A surprise costs only itself."""
    found: dict[str, Value] = {}
    with suppress(Exception):
        found |= raised_by(error, dyno.root)
    with suppress(Exception):
        found |= _of_its_kind(error, dyno, target)
    return found


def _of_its_kind(error: BaseException, dyno: Dyno, target: str) -> dict[str, Value]:  # noqa: PLR0911
    match error:
        case SyntaxError():
            return _invalid_syntax(error, dyno.root)
        case ModuleNotFoundError():
            return missing_module(error, dyno, target)
        case ImportError():
            return missing_name(error, dyno.root) or missing_library(error)
        case AttributeError():
            return missing_attribute(error, dyno, target) or unset_variable(error, dyno)
        case KeyError():
            return missing_variable(error)
        case FileNotFoundError():
            return missing_program(error) or missing_file(error, dyno.root)
        case OSError():
            return missing_library(error)
        case TypeError():
            return unset_variable(error, dyno)
        case ValueError():
            return invalid_variable(error) or invalid_settings(error)
        case _:
            return no_target(error, target)


def _invalid_syntax(error: SyntaxError, root: Path) -> dict[str, Value]:
    python: dict[str, Value] = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    if error.filename and is_own(error.filename, root):
        return python | {"fault": "syntax"}
    return python
