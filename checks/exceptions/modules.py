"""Modules, names and attributes that an import did not find, and what to install or rename."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

from checks.evidence import Dyno, Value
from checks.exceptions.installing import to_install
from checks.exceptions.known import DISTRIBUTION, OWN_NAMES
from checks.exceptions.places import frames_of, is_below, is_own, relative, walk

_APP_NAMES = ("app", "application", "server", "api", "wsgi")
_FACTORY_NAMES = ("create_app", "make_app")


def missing_module(  # noqa: PLR0911
    error: ModuleNotFoundError, dyno: Dyno, target: str
) -> dict[str, Value]:
    """A module that is wanted by the Procfile, hidden, misplaced in the project, or not installed."""
    if not error.name:
        return {}
    name, wanted = error.name, target.partition(":")[0]
    top = name.partition(".")[0]
    values: dict[str, Value] = {"module": name}
    shadow = shadow_of(top, dyno.root) if top != name else ""
    if shadow and "is not a package" in str(error):
        return values | {"fault": "shadowed", "shadowed": top, "shadow": shadow}
    if wanted == name or wanted.startswith(f"{name}."):
        values |= {"fault": "target-module", "wanted": wanted}
        return values | own_file(wanted.rpartition(".")[2], dyno.root)
    if (dyno.root / top).is_dir() or (dyno.root / f"{top}.py").is_file():
        return (
            values
            | {"own_module": name, "fault": "own-module"}
            | own_file(name.rpartition(".")[2], dyno.root)
        )
    installed, version = _distribution(top) if top != name and importlib.util.find_spec(top) else ("", "")
    if installed:
        return values | {"fault": "submodule", "installed": installed, "version": version}
    own = {} if top in DISTRIBUTION else own_file(top, dyno.root)
    if own and top in OWN_NAMES:
        return values | {"own_module": name, "fault": "own-module"} | own
    return values | own | {"fault": "module"} | to_install(name, guess=not own)


def missing_name(error: ImportError, root: Path) -> dict[str, Value]:
    """``from module import name`` where the module is a file of the project that hides another."""
    if error.name and error.path and is_own(error.path, root):
        shadow = shadow_of(error.name, root)
        if shadow:
            return {"fault": "shadowed", "shadowed": error.name, "shadow": shadow}
    return {}


def missing_attribute(error: AttributeError, dyno: Dyno, target: str) -> dict[str, Value]:
    """``module.name``, where a file of the project hides the module, or the app has another name."""
    module = error.obj
    if not isinstance(module, ModuleType):
        return {}
    file = getattr(module, "__file__", None) or ""
    if is_own(file, dyno.root) and (shadow := shadow_of(module.__name__, dyno.root)):
        return {"fault": "shadowed", "shadowed": module.__name__, "shadow": shadow}
    wanted, _, attribute = target.partition(":")
    if module.__name__ == wanted and error.name == attribute.partition("(")[0]:
        return {"fault": "target-attribute", "module": wanted} | candidate(wanted)
    return {}


def no_target(error: BaseException, target: str) -> dict[str, Value]:
    """gunicorn imported the module and found no app in it."""
    module = target.partition(":")[0]
    if type(error).__name__ != "AppImportError" or module not in sys.modules:
        return {}
    return {"fault": "target-attribute", "module": module} | candidate(module)


def candidate(module: str) -> dict[str, Value]:
    """A name in the module that looks like its app."""
    names = vars(sys.modules[module])
    for name in (*_APP_NAMES, *_FACTORY_NAMES):
        found = names.get(name)
        if (
            callable(found)
            and not isinstance(found, type)
            and (name in _FACTORY_NAMES or not hasattr(found, "__code__"))
        ):
            return {"candidate": f"{name}()" if name in _FACTORY_NAMES else name}
    return {}


def shadow_of(name: str, root: Path) -> str:
    """The project's own file of a top-level module that Python or a distribution has too, or empty."""
    if "." in name:
        return ""
    own = next((p for p in (root / f"{name}.py", root / name / "__init__.py") if p.is_file()), None)
    if own is None:
        return ""
    here = root.resolve()
    entries = [e for e in sys.path if e and Path(e).resolve() != here]
    elsewhere = [e for e in entries if not is_below(os.path.join(e, name), root)]
    if name in sys.stdlib_module_names or importlib.machinery.PathFinder.find_spec(name, elsewhere):
        return relative(str(own), root)
    return ""


def own_file(name: str, root: Path) -> dict[str, Value]:
    """A module of the project with this name, maybe in another folder or with other capitals."""
    for path in walk(root):
        here = path.stem if path.suffix == ".py" else path.name if (path / "__init__.py").is_file() else ""
        if here.lower() == name.lower():
            relative = path.relative_to(root)
            return {"own_file": str(relative), "own_import": ".".join((*relative.parent.parts, here))}
    return {}


def raised_by(error: BaseException, root: Path) -> dict[str, Value]:
    """The installed distribution whose code raised it or could not be compiled, if it was one."""
    frames = frames_of(error)
    file = error.filename if isinstance(error, SyntaxError) else frames[-1].filename if frames else ""
    _, installed, inside = (file or "").rpartition(f"{os.sep}site-packages{os.sep}")
    if not installed or is_own(file or "", root):
        return {}
    name, version = _distribution(inside.split(os.sep)[0].removesuffix(".py"))
    return {"package": name, "package_version": version} if name else {}


def _distribution(top: str) -> tuple[str, str]:
    """Name and version of the installed distribution that brings a top-level module; empty if none."""
    for name in (DISTRIBUTION.get(top, top).partition("[")[0], top):
        try:
            found = metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            continue
        return str(found.metadata["Name"]), found.version
    names = metadata.packages_distributions().get(top, [])
    return (names[0], metadata.version(names[0])) if names else ("", "")
