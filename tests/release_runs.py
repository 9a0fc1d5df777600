"""Releases of one distribution, written small: neighbours with the same files and needs stand together.

``versions;states;requires-python;needs`` and ``|`` between two runs. `diag.distributions.releases` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from tests.package_index import File

# The patch releases that Heroku builds, 2026-11; 3.9 was its last.
PYTHONS = ("3.9.25", "3.10.21", "3.11.16", "3.12.14", "3.13.15", "3.14.7")
MINORS = tuple(python.rpartition(".")[0] for python in PYTHONS)
GLIBC = 35  # 2.35 in heroku-22, the oldest stack that still builds
NOTHING = "-"
_STATES = "-saw"  # from nothing to a compiled wheel
_HEADER = re.compile(r"^Requires-Dist:\s*(?P<text>.+)$", re.MULTILINE)
_PATCH = "{}"


@dataclass(frozen=True, slots=True)
class Release:
    """What one release has for each Python: ``w`` a compiled wheel, ``a`` one for all, ``s`` source."""

    version: Version
    text: str
    states: str
    requires_python: str
    yanked: bool
    kilobytes: int
    uploaded: str
    files: tuple[File, ...]


def tags_of(minor: str) -> frozenset[Tag]:
    """The wheels that a dyno's Python takes."""
    version = tuple(map(int, minor.split(".")))
    platforms = [f"manylinux_2_{n}_x86_64" for n in range(GLIBC, 4, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]
    return frozenset(cpython_tags(version, platforms=platforms)) | frozenset(
        compatible_tags(version, f"cp{version[0]}{version[1]}", platforms)
    )


TAGS = {minor: tags_of(minor) for minor in MINORS}


def releases(found: Mapping[str, list[File]]) -> list[Release]:
    """The stable releases, oldest first, and newer pre-releases for a Python that has no stable one."""
    every = sorted(
        (release for text, files in found.items() if files and (release := _release(text, files))),
        key=lambda release: release.version,
    )
    stable = [release for release in every if not release.version.is_prerelease]
    for index in range(len(MINORS)):
        if not any(release.states[index] != NOTHING and not release.yanked for release in stable):
            early = [r for r in every if r.version.is_prerelease and r.states[index] in "aw" and not r.yanked]
            stable += [release for release in early[-1:] if release not in stable]
    return sorted(stable, key=lambda release: release.version)


def _release(text: str, files: list[File]) -> Release | None:
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    whole = [file for file in files if not file.yanked] or files
    states, kilobytes = "", 0
    for python, minor in zip(PYTHONS, MINORS, strict=True):
        state = NOTHING
        for file in whole:
            if _allows(file.requires_python, python):
                new = _state(file, minor)
                state = max(state, new, key=_STATES.index)
                kilobytes = file.size // 1000 if new in "aw" else kilobytes
        states += state
    return Release(
        version,
        str(version),
        states,
        next((file.requires_python for file in whole if file.requires_python), ""),
        all(file.yanked for file in files),
        kilobytes,
        min(file.uploaded for file in files),
        tuple(whole),
    )


def _allows(requires: str, python: str) -> bool:
    try:
        return Version(python) in SpecifierSet(requires)
    except InvalidSpecifier:
        return True  # pip ignores what it can't read


def _state(file: File, minor: str) -> str:
    if not file.is_wheel:
        return "s" if file.name.endswith((".tar.gz", ".zip", ".tar.bz2", ".tgz")) else NOTHING
    try:
        tags = parse_wheel_filename(file.name)[3]
    except InvalidWheelFilename:
        return NOTHING
    fitting = tags & TAGS[minor]
    if not fitting:
        return NOTHING
    return "a" if any(tag.platform == "any" for tag in fitting) else "w"


def best_file(release: Release) -> File | None:
    """The file whose metadata stands for the release: a wheel for Linux rather than any other file."""
    wheels = [file for file in release.files if file.is_wheel]
    for file in wheels:
        if any(_state(file, minor) != NOTHING for minor in reversed(MINORS)):
            return file
    return next(iter(wheels or [file for file in release.files if _state(file, MINORS[-1]) == "s"]), None)


def needs(metadata: str | None, states: str) -> str:
    """The requirements on Linux without extras: ``numpy>=1.2,<2 zipp>=3@9``, after @ the only Pythons.

    ``?`` where nothing tells them.
    """
    if metadata is None:
        return "?"
    found: dict[str, list[str]] = {}
    for requirement, minors in requirements(metadata):
        wanted = [m for m, state in zip(MINORS, states, strict=True) if state != NOTHING]
        fitting = [m for m in wanted if m in minors]
        if fitting or (not wanted and minors):
            name = canonicalize_name(requirement.name)
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            spec = ",".join(sorted(str(requirement.specifier).split(","), key=_by_operator))
            only = "" if fitting == wanted else "@" + ",".join(m.partition(".")[2] for m in fitting)
            found.setdefault(f"{name}{extras}{spec}", []).append(only)
    return " ".join(sorted(text + ("" if "" in onlies else onlies[0]) for text, onlies in found.items()))


def requirements(metadata: str, extra: str = "") -> Iterator[tuple[Requirement, tuple[str, ...]]]:
    """Each requirement and the Pythons for which its marker holds on a dyno."""
    for match in _HEADER.finditer(metadata.partition("\n\n")[0]):
        try:
            requirement = Requirement(match["text"].strip())
        except InvalidRequirement:
            continue
        fitting = tuple(
            minor
            for python, minor in zip(PYTHONS, MINORS, strict=True)
            if requirement.marker is None or requirement.marker.evaluate(environment(python, extra))
        )
        if fitting:
            yield requirement, fitting


def environment(python: str, extra: str = "") -> dict[str, str]:
    """What markers ask for, on a dyno with that Python."""
    return {
        "extra": extra,
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }


def _by_operator(part: str) -> tuple[str, str]:
    return part.lstrip("<>=!~"), part


def written(found: Iterable[tuple[Release, str]]) -> str:
    """The runs of releases, each with its needs."""
    runs: list[tuple[list[str], tuple[str, ...]]] = []
    for release, wants in found:
        version = ("!" if release.yanked else "") + release.text
        alike = release.states, release.requires_python.replace(" ", "")
        for text in (wants, _general(wants, release.text)):
            if runs and runs[-1][1] == (*alike, text):
                runs[-1][0].append(version)
                break
        else:
            runs.append(([version], (*alike, _general(wants, release.text))))
    return "|".join(";".join((_shortened(versions), *rest)) for versions, rest in runs)


def _general(wants: str, version: str) -> str:
    """Needs that follow the release's own last number, with a mark for it: boto3 1.34.7 and botocore."""
    last = version.rpartition(".")[2]
    if not last.isdigit() or version.count(".") < 2:
        return wants
    return re.sub(rf"(?<=\.){last}(?=[,\s]|$)", _PATCH, wants) if int(last) else wants


def _shortened(versions: list[str]) -> str:
    """``1.2.0 1.2.1 1.2.2`` as ``1.2.0..2``."""
    short: list[str] = []
    start, first, last = "", 0, 0
    for version in versions:
        head, _, tail = version.rpartition(".")
        if short and head and head == start and tail.isdigit() and int(tail) == last + 1:
            last += 1
            short[-1] = f"{start}.{first}..{last}"
        else:
            short.append(version)
            start, first = head, int(tail) if tail.isdigit() else 0
            last = first
            if not tail.isdigit() or str(first) != tail:
                start = ""
    return " ".join(short)


def sizes(found: Iterable[Release]) -> str:
    """Kilobytes of the wheels, where they change by more than a tenth: ``1.2.0:530 1.9.0:610``."""
    text, last = [], 0
    for release in found:
        now = release.kilobytes
        if now and abs(now - last) > max(last // 10, 20):
            text.append(f"{release.text}:{now}")
            last = now
    return " ".join(text)
