"""The package manager's file: exactly one must be in the root.

Source: heroku-buildpack-python `lib/package_manager.sh` (v351).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.buildpacks import HOOK, Buildpacks
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.layout.detection import apps_below, misspelt, other_language
from diag.collect.project.requirements.managers import MANAGERS, is_committed, manager_files
from diag.collect.project.tree import Tree

# What declares requirements and is no file of a package manager that Heroku has.
_OTHER_FILES = (
    *("pyproject.toml", "setup.py", "setup.cfg", "environment.yml", "environment.yaml", "pdm.lock"),
    "Pipfile",  # on Fir, which has no Pipenv
)
_WRITES_REQUIREMENTS = ("poetry-buildpack", "buildpack-poetry", "uv-buildpack", "buildpack-uv")


def package_managers(tree: Tree, buildpacks: Buildpacks, generation: str) -> Iterator[Evidence]:
    """At most one piece of evidence, in the order in which the buildpack looks."""
    if buildpacks.look_elsewhere or (buildpacks.may_build_python and not buildpacks.have("python")):
        return  # another folder, or another way of installing, such as conda's
    sure = SURE
    if other_language(tree)[0] or buildpacks.named or buildpacks.hook:
        sure = LIKELY  # another buildpack may take the app, or make the file
    files = manager_files(tree, generation)
    if generation != "fir" and tree.is_deployed("Pipfile") and "Pipfile.lock" not in files:
        yield _finding(
            "pipfile-without-lock",
            sure,
            f"There is a Pipfile, and {_absent(tree, 'Pipfile.lock')}",
            "Pipfile",
            made="Pipfile.lock" in buildpacks.hook,
        )
        return
    if len(files) > 1:
        yield _several(tree, files, sure)
        return
    if files:
        yield from _written_by_another(files[0], buildpacks)
        return
    made = any(name in buildpacks.hook for name in MANAGERS)
    yield from _none(tree, sure, generation, made=made)


def _finding(
    fault: str, sure: Confidence, text: str, where: str = "", *, made: bool = False, **values: Value
) -> Evidence:
    """A failure, or a warning where the hook seems to make the file that is missing."""
    if made:
        text += f", unless {HOOK} makes it"
        return finding(Fact.PROJECT_LAYOUT, fault, Level.WARN, POSSIBLE, text, where, **values)
    return finding(Fact.PROJECT_LAYOUT, fault, Level.FAIL, sure, text, where, **values)


def _several(tree: Tree, files: tuple[str, ...], sure: Confidence) -> Evidence:
    text = f"The root has {' and '.join(files)}, and only one package manager may be used"
    waiting = [name for name in files if not is_committed(tree, name)]
    level = Level.FAIL
    if len(files) - len(waiting) < 2:
        text += f"; {waiting[0]} is not committed yet"
        level, sure = Level.WARN, LIKELY
    return finding(Fact.PROJECT_LAYOUT, "package-manager-multiple", level, sure, text, files[-1], files=files)


def _written_by_another(file: str, buildpacks: Buildpacks) -> Iterator[Evidence]:
    """A buildpack of others that exports requirements.txt beside the lock file it reads."""
    if file not in ("poetry.lock", "uv.lock") or not buildpacks.have(*_WRITES_REQUIREMENTS):
        return
    name = next(each for each in buildpacks.named if any(word in each for word in _WRITES_REQUIREMENTS))
    text = f"{buildpacks.where} names {name}, which writes a requirements.txt beside {file}"
    yield finding(
        Fact.PROJECT_LAYOUT,
        "package-manager-multiple",
        Level.WARN,
        LIKELY,
        text,
        buildpacks.where,
        files=(file, "requirements.txt"),
    )


def _none(tree: Tree, sure: Confidence, generation: str, *, made: bool) -> Iterator[Evidence]:
    wrong = misspelt(tree)
    left_out = next((n for n in MANAGERS if tree.exists_here(n) and not tree.is_deployed(n)), "")
    if generation == "fir" and tree.is_deployed("Pipfile.lock"):
        text = "Pipfile.lock is the only file of a package manager, and Fir has no Pipenv"
        yield _finding("package-manager-none", sure, text, "Pipfile.lock", made=made)
        return
    others = [name for name in _OTHER_FILES if tree.is_deployed(name)]
    if wrong:
        left_out = ""  # the same file, where the disk does not tell capitals
    apps = apps_below(tree)
    if not wrong and not left_out and not others and apps:
        text = f"The root has no file of a package manager; the app seems to be in {apps[0].folder}"
        yield _finding(
            "app-in-subdirectory",
            LIKELY,
            text,
            apps[0].folder,
            made=made,
            folder=apps[0].folder,
            folders=tuple(app.folder for app in apps[:5]),
        )
        return
    if tree.is_deployed("setup.py") and generation != "fir" and not wrong and not left_out:
        text = "setup.py is all that names the requirements"
        yield _finding("setup-py-only", sure, text, "setup.py", made=made)
        return
    if wrong:
        reason = f"{wrong} is spelt otherwise"
    elif left_out:
        reason = _absent(tree, left_out)
    elif others:
        reason = f"{others[0]} is not one of them"
    else:
        reason = "nothing names the requirements"
    text = f"The root has none of {', '.join(_supported(generation))}: {reason}"
    nested = sorted(p for p in tree.below("requirements", ".txt") if tree.is_deployed(p))
    yield _finding(
        "package-manager-none",
        sure,
        text,
        wrong or (others[0] if others else ""),
        made=made,
        misspelt=wrong,
        left_out=left_out,
        nested=_production(nested),
    )


def _supported(generation: str) -> list[str]:
    return [name for name in MANAGERS if generation != "fir" or name != "Pipfile.lock"]


def _absent(tree: Tree, name: str) -> str:
    if name in tree:
        return f".slugignore leaves {name} out"
    if tree.exists_here(name):
        return f"{name} is here, but git ignores it"
    return f"no {name}"


def _production(paths: list[str]) -> str:
    """Of the files in requirements/ the one for the dyno, or empty."""
    for word in ("prod", "heroku", "deploy", "base", "requirements"):
        if found := next((path for path in paths if word in path.rpartition("/")[2]), ""):
            return found
    return paths[0] if paths else ""
