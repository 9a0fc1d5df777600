"""Modules and names that an import did not find, as far as words and paths tell."""

from __future__ import annotations

import re
import sys

from checks.evidence import Value
from checks.exceptions.installing import is_known, to_install
from checks.exceptions.known import DISTRIBUTION, OWN_NAMES
from diag.collect.logs.raised import places
from diag.collect.logs.raised.record import Frame, Raised

_MODULE = re.compile(r"No module named '?(?P<name>[A-Za-z_][\w.]{0,200})'?")
_FROM = re.compile(
    r"cannot import name '(?P<name>[^']{1,100})' from (?:partially initialized module )?"
    r"'(?P<module>[\w.]{1,100})'"
    r"(?: \(most likely due to a circular import\))? \((?P<file>[^)]{1,300})\)"
)
_RENAME = re.compile(
    r"consider renaming '(?P<file>[^']{1,300})' since it has the same name as .{1,60} "
    r"named '(?P<module>\w{1,100})'"
)
_NO_ATTRIBUTE = re.compile(
    r"(?:partially initialized )?module '(?P<module>[\w.]{1,100})' has no attribute '(?P<name>\w{1,100})'"
)
_TARGET = re.compile(r"Failed to find attribute '(?P<name>[^']{1,100})' in '(?P<module>[^']{1,100})'")
_IMPORTS_TARGET = (
    ("gunicorn/util.py", "import_app"),
    ("uvicorn/importer.py", "import_from_string"),
    ("hypercorn/utils.py", "load_application"),
)
_UNPICKLES = re.compile(r"\b(?:pickle|cPickle|joblib|dill|cloudpickle)\.loads?\(")


def missing_module(raised: Raised, target: str) -> dict[str, Value]:  # noqa: PLR0911
    """A module that is wanted by the Procfile, hidden, of the project, or not installed."""
    message = raised.root[1]
    match = _MODULE.search(message)
    if match is None:
        return {}
    name = match["name"].removesuffix(".__main__")
    top = name.partition(".")[0]
    values: dict[str, Value] = {"module": name}
    wanted = target.partition(":")[0] or (name if _imports_target(raised.frames) else "")
    if raised.own is None and (wanted == name or wanted.startswith(f"{name}.")):
        return values | {"fault": "target-module", "wanted": wanted}
    if "is not a package" in message and top != name:
        if (is_known(top) or top in sys.stdlib_module_names) and not target.startswith(top):
            return values | {"fault": "shadowed", "shadowed": top, "shadow": f"{top}.py"}
        return values | {"fault": "own-module", "own_module": name}
    if name in DISTRIBUTION:
        return values | {"fault": "module"} | to_install(name, guess=True)
    if _is_own(top, target.partition(":")[0], raised.frames):
        return values | {"fault": "own-module", "own_module": name}
    if top != name:
        return values | _submodule(name, top, raised.frames)
    known = is_known(top) or _asked_by_package(top, raised.frames)
    return values | {"fault": "module" if known else "module-unsure"} | to_install(name, guess=True)


def _is_own(top: str, wanted: str, frames: tuple[Frame, ...]) -> bool:
    """Whether the name is the project's: its files are in the traceback, or it is a usual name for one."""
    if is_known(top):
        return False
    if top in OWN_NAMES or (wanted and wanted.partition(".")[0] == top):
        return True
    folder = re.compile(rf"^(?:{re.escape(top)}[/\\]|{re.escape(top)}\.py$)")
    return any(places.is_own(f.file) and folder.match(places.relative(f.file)) for f in frames)


def _submodule(name: str, top: str, frames: tuple[Frame, ...]) -> dict[str, Value]:
    """Python names the first part that is missing, so the package before it is there."""
    if is_known(top) and _is_unpickling(frames):
        return {"fault": "unpickled-module"}
    if (
        is_known(top)
        or top in sys.stdlib_module_names
        or any(places.package_of(f.file) == top for f in frames)
    ):
        return {"fault": "submodule", "package_of": DISTRIBUTION.get(top, top)}
    return {"fault": "module-unsure", "maybe_own": name}


def _is_unpickling(frames: tuple[Frame, ...]) -> bool:
    last = [f for f in frames if not f.file.startswith("<frozen")][-1:]
    return any(
        _UNPICKLES.search(f.code) or re.search(r"(?:/pickle|joblib/numpy_pickle\w*)\.py$", f.file)
        for f in last
    )


def _asked_by_package(top: str, frames: tuple[Frame, ...]) -> bool:
    """Whether an installed package's own ``import`` statement wants it: that is never the project's."""
    last = next((f for f in reversed(frames) if not f.file.startswith("<frozen")), None)
    return (
        last is not None
        and bool(places.package_of(last.file))
        and bool(re.search(rf"\b(?:import|from)\s+(?:[\w.]+, )*{re.escape(top)}\b", last.code))
    )


def _imports_target(frames: tuple[Frame, ...]) -> bool:
    """Whether a server was about to import what its command names."""
    return any(
        f.function == function and f.file.endswith(end) for f in frames for end, function in _IMPORTS_TARGET
    )


def missing_name(raised: Raised, _target: str) -> dict[str, Value]:
    """``from module import name`` where a file of the project is what was found for the module."""
    message = raised.root[1]
    renaming = _RENAME.search(message)
    if renaming:
        return _shadow(renaming["module"], renaming["file"])
    return _shadow_named(message)


def hidden_before(raised: Raised) -> dict[str, Value]:
    """A file of the project that hides a module, where what catches its ImportError fails in its turn."""
    if raised.type not in ("ImportError", "ModuleNotFoundError"):
        return {}
    return next((found for _, message in raised.chain[1:] if (found := _shadow_named(message))), {})


def missing_attribute(raised: Raised, target: str) -> dict[str, Value]:
    """``module.name`` where a file of the project hides the module, or the app has another name."""
    message = raised.root[1]
    renaming = _RENAME.search(message)
    if renaming:
        return _shadow(renaming["module"], renaming["file"])
    match = _NO_ATTRIBUTE.search(message)
    if match is None:
        return {}
    module = match["module"]
    if f"{module}:{match['name']}" == target.partition("(")[0] or (
        not target and _imports_target(raised.frames[-1:])
    ):
        return {"fault": "target-attribute", "module": module}
    file = next(
        (
            f.file
            for f in raised.frames
            if places.is_own(f.file) and places.relative(f.file) == f"{module}.py"
        ),
        "",
    )
    return _shadow(module, file) if file and _can_be_hidden(module) else {}


def no_target(raised: Raised, _target: str) -> dict[str, Value]:
    """gunicorn imported the module and found no app in it."""
    match = _TARGET.search(raised.root[1])
    return {"fault": "target-attribute", "module": match["module"]} if match else {}


def _can_be_hidden(module: str) -> bool:
    return is_known(module) or (module in sys.stdlib_module_names and module not in OWN_NAMES)


def _shadow_named(message: str) -> dict[str, Value]:
    match = _FROM.search(message)
    hides = match and "." not in match["module"] and _can_be_hidden(match["module"])
    return _shadow(match["module"], match["file"]) if match and hides and places.is_own(match["file"]) else {}


def _shadow(module: str, file: str) -> dict[str, Value]:
    return {"fault": "shadowed", "shadowed": module, "shadow": places.relative(file)}
