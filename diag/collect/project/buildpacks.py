"""What a project's own files say of who builds it: which buildpacks, or Docker.

The buildpacks of an existing app are set on the app itself, which no file shows: what is read here counts
for apps made from app.json (review apps, buttons) and for Fir's project.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from diag.collect.project.app_json import read_app_json
from diag.collect.project.requirements.documents import table, tables, text_of, toml_of
from diag.collect.project.tree import Tree

HOOK = "bin/pre_compile"
HOOKS = (HOOK, "bin/post_compile")
_OF_OTHERS = ("package.json", "Aptfile")
_DOCKER = re.compile(r"^build:.{0,2000}?^[ \t]+docker:", re.MULTILINE | re.DOTALL)
_CONTAINER = re.compile(r'"stack"\s{0,20}:\s{0,20}"container"')
_PYTHON = ("python", "conda", "poetry", "pipenv", "buildpack-uv", "/uv", "django", "tensorflow")
_ANYTHING = ("subdir", "monorepo", "select", "inline", "multi", "nix", "bazel", "pants")


@dataclass(frozen=True, slots=True)
class Buildpacks:
    """`named` are the buildpacks in their order, in small letters, and `where` the file that names them.

    `is_container` says that Docker builds the app. `hook` is the text of bin/pre_compile, which runs
    before the build looks for a package manager and may make the files it looks for.
    """

    named: tuple[str, ...] = ()
    where: str = ""
    is_container: bool = False
    hook: str = ""

    def have(self, *words: str) -> bool:
        """Whether one of the named buildpacks has one of the words in its name."""
        return any(word in name for name in self.named for word in words)

    @property
    def may_build_python(self) -> bool:
        """Whether one of those that are named is for Python, or looks elsewhere than in the root."""
        return self.have(*_PYTHON, *_ANYTHING)

    @property
    def look_elsewhere(self) -> bool:
        """Whether one of those that are named takes another folder than the root for the app."""
        return self.have(*_ANYTHING)


def read_buildpacks(tree: Tree) -> Buildpacks:
    """What app.json, project.toml, .buildpacks and heroku.yml say."""
    named, where = _named(tree)
    docker = tree.is_deployed("heroku.yml") and _DOCKER.search(tree.text("heroku.yml") or "")
    container = "app.json" in tree and _CONTAINER.search(tree.text("app.json") or "")
    return Buildpacks(
        named=tuple(name.lower() for name in named if name),
        where=where if any(named) else "",
        is_container=bool(docker or container),
        hook=(tree.text(HOOK) or "") if tree.is_deployed(HOOK) else "",
    )


def may_make_files(tree: Tree) -> bool:
    """Whether the build may put files into the slug that the project does not have."""
    others = [name for name in read_buildpacks(tree).named if "python" not in name]
    return bool(others) or any(file in tree for file in (*HOOKS, *_OF_OTHERS))


def _named(tree: Tree) -> tuple[tuple[str, ...], str]:
    named = read_app_json(tree).buildpacks
    if named:
        return named, "app.json"
    if tree.is_deployed("project.toml") and (document := toml_of(tree, "project.toml")) is not None:
        groups = tables(table(document.data, "io", "buildpacks").get("group"))
        groups += tables(table(document.data, "build").get("buildpacks"))
        found = tuple(text_of(each.get("id")) or text_of(each.get("uri")) for each in groups)
        if any(found):
            return found, "project.toml"
    if tree.is_deployed(".buildpacks"):
        return tuple(line.strip() for line in tree.lines(".buildpacks")[:20]), ".buildpacks"
    return (), ""
