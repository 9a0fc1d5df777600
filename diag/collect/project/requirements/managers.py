"""Which package manager the build would install with.

Source: heroku-buildpack-python `lib/package_manager.sh` (v351); buildpacks-python has no Pipenv.
"""

from __future__ import annotations

from diag.collect.project.tree import Tree

# In the order in which the buildpack looks for them.
MANAGERS = {"Pipfile.lock": "pipenv", "requirements.txt": "pip", "poetry.lock": "poetry", "uv.lock": "uv"}


def manager_files(tree: Tree, generation: str = "cedar") -> tuple[str, ...]:
    """The files of package managers in the root that a push would bring, now or once they are committed."""
    known = (name for name, manager in MANAGERS.items() if generation != "fir" or manager != "pipenv")
    return tuple(name for name in known if tree.is_deployed(name))


def is_committed(tree: Tree, path: str) -> bool:
    """Whether git has the file; where no git is asked, all files count as committed."""
    return tree.git is None or path in tree.git.tracked


def manager_of(tree: Tree, generation: str = "cedar") -> tuple[str, str]:
    """The package manager and its file; of several the first that is committed; empty without any."""
    files = sorted(manager_files(tree, generation), key=lambda name: not is_committed(tree, name))
    return (MANAGERS[files[0]], files[0]) if files else ("", "")
