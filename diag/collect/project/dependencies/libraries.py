"""Distributions whose import loads a system library that Heroku's stacks do not have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.dependencies.running import whence
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree
from diag.distributions.import_names import brings, modules

APTFILE = "Aptfile"
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*")


class Library(NamedTuple):
    """A library, the Ubuntu package that has it, and the module whose import loads it."""

    name: str
    apt: str
    module: str
    instead: str = ""


_OPENCV = Library("libGL.so.1", "libgl1", "cv2")
# None of these is in the run images of heroku-22, heroku-24 and heroku-26.
LIBRARIES = {
    "opencv-python": _OPENCV._replace(instead="opencv-python-headless"),
    "opencv-contrib-python": _OPENCV._replace(instead="opencv-contrib-python-headless"),
    "pyzbar": Library("libzbar.so.0", "libzbar0", "pyzbar"),
    "sounddevice": Library("libportaudio.so.2", "libportaudio2", "sounddevice"),
    "pyenchant": Library("libenchant-2.so.2", "libenchant-2-2", "enchant"),
    "pylibdmtx": Library("libdmtx.so.0", "libdmtx0b", "pylibdmtx"),
}
_HEADLESS = frozenset(("opencv-python-headless", "opencv-contrib-python-headless"))


def apt_packages(tree: Tree) -> frozenset[str] | None:
    """What the apt buildpack installs for the project; None without an Aptfile."""
    if APTFILE not in tree:
        return None
    lines = (line.strip() for line in tree.lines(APTFILE))
    return frozenset(
        match.group() for line in lines if line and line[0] not in "#:" and (match := _PACKAGE.match(line))
    )


def check_libraries(
    requirements: Requirements,
    resolution: Resolution,
    *,
    imported: Collection[str] | None = None,
    apt: Collection[str] | None = None,
) -> Iterator[Evidence]:
    """What is required and would end with "cannot open shared object file".

    `imported` are the modules that the web process imports, None where that is not known; `apt` is what
    `apt_packages` tells.
    """
    by = {r.name: brings(r.name, r.extras) for r in requirements if r.name}
    for name, library in LIBRARIES.items():
        bringing = [other for other, names in by.items() if name in names]
        if not bringing or (apt is not None and (not apt or library.apt in apt)):
            continue
        direct = name in bringing
        used = imported is None or _is_imported(name if direct else bringing[0], library, imported)
        # Both builds of OpenCV write the same files, and who comes last wins.
        shadowed = library.module == "cv2" and any(_HEADLESS & names for names in by.values())
        # What Aptfile names may bring the library with it.
        certain = used and not shadowed and not apt
        source = (
            requirements.get(name) or requirements.get(bringing[0]) or whence(name, requirements, resolution)
        )
        by_other = "" if direct else f", which {bringing[0]} brings,"
        yield finding(
            "shared-library",
            Level.FAIL if certain else Level.WARN,
            Confidence.LIKELY if certain else Confidence.POSSIBLE,
            f"{name}{by_other} loads {library.name} when {library.module} is imported, and Heroku's stacks "
            "do not have it",
            source.where if source else "",
            package=name,
            library=library.name,
            apt=library.apt,
            instead=library.instead if direct else None,
            module=library.module,
        )


def _is_imported(name: str, library: Library, imported: Collection[str]) -> bool:
    """Whether the module itself, or what brings it, is imported by the code."""
    wanted = {library.module, *(modules(name) or ())}
    return any(module.partition(".")[0] in {w.partition(".")[0] for w in wanted} for module in imported)
