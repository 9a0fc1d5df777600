"""The dyno as environment markers see it: Linux on x86-64, CPython of the deployed version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.supported import newest_patch


def environment(python: DeployedPython) -> dict[str, str]:
    """The values of markers on the dyno. The patch version is the newest that is known."""
    full = f"{python.minor}.{newest_patch(python.minor)}"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": python.minor,
        "sys_platform": "linux",
    }


def applies(marker: Marker | str | None, values: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Whether the marker holds on the dyno, for one of the extras or none. What can't be told holds."""
    if not marker:
        return True
    try:
        parsed = marker if isinstance(marker, Marker) else Marker(marker)
        return any(parsed.evaluate({**values, "extra": extra}) for extra in ("", *extras))
    except (UndefinedComparison, UndefinedEnvironmentName, RecursionError, ValueError):
        return True  # no marker, no version, or one of thousands of digits
