"""Where a module of the project lies, and how it was meant where it lies nowhere."""

from __future__ import annotations

import re
import sys
from posixpath import dirname, join

from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of

_COMPILED = re.compile(r"\.(?:cpython-\w+|abi3)[\w-]*\.so$|\.so$")
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|examples?|docs?|migrations|node_modules|site-packages|\.?venv|env)/"
)
# Too frequent in the names of distributions to say anything.
_COMMON = words_of("app api main server web core wsgi asgi index run application backend service src project")


_IS_PACKAGE = re.compile(r"^\[tool\.uv\](?:\n(?!\[).*)*?\npackage\s*=\s*true", re.MULTILINE)
_IS_NO_PACKAGE = re.compile(r"^package-mode\s*=\s*false", re.MULTILINE)


def file_of(tree: Tree, path: tuple[str, ...], module: str) -> str | None:
    """The file of a module on these folders; a folder's path with a slash for a package without one."""
    parts = module.split(".")
    namespace = None
    for folder in path:
        here = folder
        for index, part in enumerate(parts):
            here = join(here, part)
            is_last = index == len(parts) - 1
            package = f"{here}/__init__.py"
            if tree.is_deployed(package):
                if is_last:
                    return package
            elif tree.is_deployed(f"{here}.py") or _is_compiled(tree, here):
                if is_last:
                    return f"{here}.py"
                break
            elif not tree.is_folder(here):
                break
            elif is_last:
                namespace = namespace or f"{here}/"
    return namespace


def _is_compiled(tree: Tree, path: str) -> bool:
    folder = dirname(path)
    return any(each.startswith(f"{path}.") and _COMPILED.search(each) for each in tree.below(folder, ".so"))


def has_top(tree: Tree, path: tuple[str, ...], module: str) -> bool:
    """Whether the first part of a dotted name is a package of the project with its own __init__.py."""
    top = module.partition(".")[0]
    return any(tree.is_deployed(join(folder, top, "__init__.py")) for folder in path)


def elsewhere(tree: Tree, module: str) -> list[str]:
    """Files of that module in other folders of the project, the nearest to the root first."""
    ends = (f"/{module.replace('.', '/')}.py", f"/{module.replace('.', '/')}/__init__.py")
    found = [
        path
        for path in tree.files
        if path.endswith(ends) and not _ASIDE.search(path) and tree.is_deployed(path)
    ]
    return sorted(found, key=lambda path: (path.count("/"), path))


def near(tree: Tree, path: tuple[str, ...], module: str) -> str:
    """A module of nearly that name: other capitals, or a slip; empty for none."""
    parent, _, last = module.rpartition(".")
    names: dict[str, str] = {}
    for folder in path:
        start = join(folder, *parent.split(".")) if parent else folder
        for each in tree.below(start, ".py"):
            rest = each[len(start) :].lstrip("/")
            name = rest.partition("/")[0].removesuffix(".py")
            if "/" not in rest or (rest.endswith("/__init__.py") and rest.count("/") == 1):
                names.setdefault(name.lower(), name)
    for other in ("__init__", {"wsgi": "asgi", "asgi": "wsgi"}.get(last, "")):
        names.pop(other, None)
    import difflib

    close = difflib.get_close_matches(last.lower(), names, n=1, cutoff=0.75)
    found = names[close[0]] if close else ""
    return f"{parent}.{found}" if parent and found else found


def other_case(tree: Tree, path: tuple[str, ...], module: str) -> str:
    """The module's name in the capitals that its file has; empty for none, or the same."""
    name = module.replace(".", "/")
    for folder in path:
        wanted = join(folder, name).lower()
        for each in tree.below("", ".py"):
            bare = each.removesuffix(".py").removesuffix("/__init__")
            if bare.lower() == wanted and bare != join(folder, name) and bare[: len(folder)] == folder:
                return bare[len(folder) :].lstrip("/").replace("/", ".")
    return ""


def left_out(tree: Tree, path: tuple[str, ...], module: str) -> str:
    """The module's file when it is in the folder and will not be in the slug; empty for none."""
    name = module.replace(".", "/")
    for folder in path:
        for file in (join(folder, f"{name}.py"), join(folder, name, "__init__.py")):
            if tree.exists_here(file) and not tree.is_deployed(file):
                return file
    return ""


def may_be_installed(tree: Tree, module: str, requirements: Requirements) -> bool:
    """Whether what is required may bring the module: its own project, or a distribution so named."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or not requirements.file:
        return True
    name = top.lower().replace("_", "-")
    for requirement in requirements:
        is_part = name not in _COMMON and name in requirement.name.split("-")
        if is_part or requirement.name.replace("-", "") == name.replace("-", ""):
            return True
    return installs_itself(tree, requirements) and bool(elsewhere(tree, module))


def installs_itself(tree: Tree, requirements: Requirements) -> bool:
    """Whether the project, or a folder of it, is installed as a package: ``-e .``, uv and Poetry."""
    if any(_is_local(each.source) for each in (*requirements, *requirements.unnamed)):
        return True
    text = tree.text("pyproject.toml") if "pyproject.toml" in tree else None
    if text is None:
        return False
    if requirements.manager == "uv":  # a project without a build system is virtual, unless it says otherwise
        return "[build-system]" in text or _IS_PACKAGE.search(text) is not None
    return requirements.manager == "poetry" and _IS_NO_PACKAGE.search(text) is None


def _is_local(source: str) -> bool:
    return source.startswith((".", "file:", "/")) or (
        bool(source) and "://" not in source and "+" not in source
    )


def hidden(tree: Tree, path: tuple[str, ...], module: str) -> str:
    """The file that stands before a folder of the same name without __init__.py; empty for none."""
    top, _, rest = module.partition(".")
    for folder in path:
        here = join(folder, top)
        below = f"{here}/{rest.replace('.', '/')}"
        is_there = tree.is_deployed(f"{below}.py") or tree.is_deployed(f"{below}/__init__.py")
        if rest and is_there and tree.is_deployed(f"{here}.py"):
            return f"{here}.py"
    return ""


def folder_of(file: str, module: str) -> str:
    """The folder from which a file is imported as that module."""
    end = "/__init__.py" if file.endswith("/__init__.py") else ".py"
    return file.removesuffix(f"{module.replace('.', '/')}{end}").rstrip("/")


def dotted(file: str) -> str:
    """The module's name from the root."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
