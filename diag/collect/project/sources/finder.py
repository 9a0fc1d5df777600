"""Which file of the project a module's name means, by the folders that imports are looked for in."""

from __future__ import annotations

from dataclasses import dataclass

from diag.collect.project.tree import Tree

_BINARY = (".so", ".abi3.so", ".pyd")


@dataclass(frozen=True, slots=True)
class Found:
    """A module of the project. `path` is its file; of a namespace package its folder."""

    path: str
    is_package: bool
    is_source: bool = True


class Finder:
    """Finds modules as the import system would, in the folders of a search path, the first wins."""

    def __init__(self, tree: Tree, path: tuple[str, ...]) -> None:
        self._tree = tree
        self._path = path
        self.is_open = False  # the code adds a folder that can't be told
        self._known: dict[str, Found | None] = {}

    def find(self, name: str) -> Found | None:
        """The module of that dotted name, or None."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def add(self, folder: str) -> bool:
        """Look in one more folder, as ``sys.path.append`` does; whether it is new."""
        if folder in self._path:
            return False
        self._path = (*self._path, folder)
        self._known.clear()
        return True

    def owns(self, name: str) -> bool:
        """Whether the first part of the name is a module or package of the project."""
        return self.find(name.partition(".")[0]) is not None

    def name_of(self, path: str) -> str:
        """The dotted name under which a file can be imported, by the first folder that it lies in."""
        best = ""
        for folder in self._path:
            start = f"{folder}/" if folder else ""
            if path.startswith(start):
                dotted = path[len(start) :].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                if dotted and (not best or len(dotted) < len(best)):
                    best = dotted
        return best

    def not_deployed(self, name: str) -> str:
        """The file of that name that is here and would not be on the dyno, or empty."""
        return next((p for p in self._files(name) if self._tree.exists_here(p) and not self._has(p)), "")

    def alike(self, name: str) -> str:
        """A file whose name differs from the module's in capitals only, or empty."""
        wanted = {path.lower() for path in self._files(name)}
        return next((path for path in self._tree.files if path.lower() in wanted), "")

    def elsewhere(self, name: str) -> str:
        """A file of that name in a folder that imports are not looked for in, or empty."""
        ends = tuple(f"/{end}" for end in self._ends(name))
        found = (path for path in self._tree.files if path.endswith(ends))
        return min(found, key=lambda path: (path.count("/"), path), default="")

    def _find(self, name: str) -> Found | None:
        inner = name.replace(".", "/")
        if not inner or "//" in inner or inner.startswith("/"):
            return None
        for folder in self._path:
            base = f"{folder}/{inner}" if folder else inner
            if self._has(package := f"{base}/__init__.py"):
                return Found(package, is_package=True)
            if self._has(module := f"{base}.py"):
                return Found(module, is_package=False)
            for end in _BINARY:
                if self._has(f"{base}{end}"):
                    return Found(f"{base}{end}", is_package=False, is_source=False)
        for folder in self._path:
            base = f"{folder}/{inner}" if folder else inner
            if self._tree.is_folder(base) and self._has_python(base):
                return Found(base, is_package=True, is_source=False)
        return None

    def _has(self, path: str) -> bool:
        return self._tree.is_deployed(path)

    def _has_python(self, folder: str) -> bool:
        return next(self._tree.below(folder, ".py"), None) is not None or (
            next(self._tree.below(folder, ".so"), None) is not None
        )

    def _files(self, name: str) -> list[str]:
        return [f"{folder}/{end}" if folder else end for folder in self._path for end in self._ends(name)]

    @staticmethod
    def _ends(name: str) -> tuple[str, str]:
        inner = name.replace(".", "/")
        return f"{inner}.py", f"{inner}/__init__.py"
