"""Which model belongs to this version of the app: ``APP_VERSION`` with ``MODEL_URL_V1`` and so on.

``MODEL_URL_V1_2_0`` serves version 1.2.0. A name with one number counts releases, as the mapping
does from which these names come: V1 is 1.0.0, V2 is 1.1.0, V3 is 1.2.0. A version that has no model of
its own gets that of the newest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.evidence import Dyno, Evidence, Fault, Level
from checks.facts import Fact

PREFIX = "MODEL_URL_V"
FIRST_VERSION = "1.0.0"  # of an app that does not say
_VERSION = re.compile(r"v?\d[\w.+-]{0,30}")
_NUMBERS = re.compile(rf"{PREFIX}(\d{{1,6}}(?:_\d{{1,6}}){{0,5}})")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The config var that names the model, and a remark when it is not this version's own."""

    variable: str
    remarks: tuple[Evidence, ...] = ()


def choose_version(dyno: Dyno) -> Chosen:
    """The model of this app's version, or of the newest. `mapped` must not be empty."""
    from packaging.version import InvalidVersion, Version

    versions = {Version(version): variable for version, variable in mapped(dyno.env).items()}
    told = dyno.var("APP_VERSION")
    wanted = told or FIRST_VERSION
    literal = f"{PREFIX}{wanted.removeprefix('v').replace('.', '_')}"
    if literal in versions.values():
        return Chosen(literal)
    newest = max(versions)
    try:
        own = versions.get(Version(wanted))
    except InvalidVersion:
        own = None
    if own:
        return Chosen(own)
    return Chosen(versions[newest], (_fallback(told, str(newest), versions[newest]),))


def mapped(env: Mapping[str, str]) -> dict[str, str]:
    """Each version that has a model, with the config var that names it. An empty one names none."""
    found = {}
    for name in sorted(env, key=len):
        match = _NUMBERS.fullmatch(name)
        if match and env[name].strip():
            numbers = match[1].split("_")
            version = ".".join(numbers) if len(numbers) > 1 else f"1.{int(numbers[0]) - 1}.0"
            if not version.startswith("1.-"):  # V0 counts nothing
                found[version] = name
    return found


def _fallback(told: str, newest: str, variable: str) -> Evidence:
    wanted = _shown(told) if told else f"{FIRST_VERSION} (APP_VERSION is not set)"
    text = f"No model is mapped to version {wanted}, so that of the newest is used: {variable}, {newest}."
    if _VERSION.fullmatch(told):
        text += f" {PREFIX}{re.sub('[^0-9]+', '_', told).strip('_')} would name this version's own."
    values = {"used_version": newest, "variable": variable}
    return Evidence(Fact.MODEL_SOURCE, Level.WARN, text, "config vars", values=values)


def unmapped(told: str) -> Fault:
    """The fault of a version for which there is no model, nor any other."""
    text = f"No model is mapped to APP_VERSION {_shown(told)}: no {PREFIX}1, {PREFIX}2 … is set."
    values = {"fault": "version-unmapped", "version": _shown(told), "variable": f"{PREFIX}1"}
    return Fault(Evidence(Fact.MODEL_SOURCE, Level.FAIL, text, "config vars", values=values))


def _shown(told: str) -> str:
    """The version; what does not look like one may be anything, and is not shown."""
    return told if _VERSION.fullmatch(told) else "(no version)"
