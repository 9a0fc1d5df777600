"""Causes that end a build because of the project that was pushed.

Those of its requirements stand among them, those of the steps of a build follow.
"""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.build_requirements import BUILD_REQUIREMENTS
from diag.causes.build_steps import BUILD_STEPS
from diag.causes.judged import judged

_ANY = Pattern(r".")
_ERROR = (Fact.BUILD_ERROR,)
_EITHER = (Fact.BUILD_ERROR, Fact.BUILD_WARNING)
_SUPPORT = "https://devcenter.heroku.com/articles/python-support"
_BUILDPACKS = "https://devcenter.heroku.com/articles/managing-buildpacks"
_PUSH = "git push heroku main"

BUILD = (
    Cause(
        id="build/no-python-files",
        level=Level.FAIL,
        codes=(),
        title="Heroku finds no Python project in the root of what was pushed.",
        when=(
            Seen(*_ERROR, fault="no-python-files", sub="possible", confidence=Confidence.LIKELY),
            Seen(*_ERROR, fault="no-python-files"),
            *judged("no-python-files", Fact.PROJECT_LAYOUT),
        ),
        why="A buildpack takes an app by the names of files in its root: requirements.txt, Pipfile, "
        "poetry.lock, uv.lock, pyproject.toml, manage.py, app.py … None of them was there.",
        fix=(
            "git ls-files | head -50   (what was committed? requirements.txt must stand at the top)",
            (
                "git add requirements.txt Procfile && git commit -m 'Add the "
                "requirements' && git push heroku main"
            ),
            "git mv {misspelt} requirements.txt && git commit -m 'Fix the name' && git push heroku main",
            "grep -n {left_out} .gitignore .slugignore   (remove the line, then git add {left_out})",
            "heroku buildpacks:set heroku/python   (when several languages are in the root)",
            "If the app is in {folder}: git subtree push --prefix {folder} heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/buildpacks#detection-failure",
        rivals=(Rival("build/app-in-subdirectory", "git ls-files '*requirements.txt' shows it in a folder"),),
    ),
    Cause(
        id="build/app-in-subdirectory",
        level=Level.FAIL,
        codes=(),
        title="This folder is {prefix} of its repository, and git push deploys the repository's root.",
        title_without="The root that was pushed has no Python project; the app seems to be in {folder}.",
        when=(
            Seen(*_ERROR, fault=("no-python-files", "package-manager-none"), sub="likely"),
            *judged("app-in-subdirectory", Fact.PROJECT_LAYOUT),
        ),
        why="Heroku builds the root of the repository and looks into no folder below it.",
        fix=(
            "git subtree push --prefix {folder} heroku main",
            "git ls-files {folder}   (are requirements.txt and the Procfile in it?)",
        ),
        docs="https://devcenter.heroku.com/articles/git",
        confidence=Confidence.LIKELY,
        over=("build/no-python-files", "build/package-manager-none"),
        rivals=(
            Rival(
                "build/package-manager-none", "git ls-files shows no requirements.txt and no lock file there"
            ),
        ),
    ),
    Cause(
        id="build/package-manager-none",
        level=Level.FAIL,
        codes=(),
        title="The root of the project has no requirements.txt, Pipfile.lock, poetry.lock or uv.lock.",
        when=(
            Seen(*_ERROR, fault="package-manager-none"),
            *judged("package-manager-none", Fact.PROJECT_LAYOUT),
        ),
        why="The buildpack can't know what to install, and since 2024 it no longer guesses.",
        fix=(
            "git mv {misspelt} requirements.txt && git commit -m 'Fix the name' && git push heroku main",
            "grep -n {left_out} .gitignore .slugignore   (remove the line, then git add {left_out})",
            "echo '-r {nested}' > requirements.txt   (the file in the root includes the one you have)",
            (
                "pip freeze > requirements.txt   (in the app's virtual environment; uv: "
                "uv lock; Poetry: poetry lock)"
            ),
            "git check-ignore -v requirements.txt   (is it ignored? and look into .slugignore)",
            "git add -f requirements.txt && git commit -m 'Add the requirements' && git push heroku main",
        ),
        docs=_SUPPORT,
    ),
    Cause(
        id="build/package-manager-multiple",
        level=Level.FAIL,
        codes=(),
        title="The project has the files of several package managers: {files}.",
        when=(
            Seen(*_EITHER, fault="package-manager-multiple"),
            *judged("package-manager-multiple", Fact.PROJECT_LAYOUT),
        ),
        why="The buildpack installs with one package manager. Which of them is meant it can't know, and "
        "since December 2025 it refuses. A buildpack that exports requirements.txt counts as well.",
        fix=(
            "git rm FILE   (of {files} keep only the one you maintain)",
            "heroku buildpacks   (remove a Poetry or uv buildpack: it writes requirements.txt)",
            "git commit -m 'One package manager' && git push heroku main",
        ),
        docs=_SUPPORT,
    ),
    Cause(
        id="build/pipfile-without-lock",
        level=Level.FAIL,
        codes=(),
        title="There is a Pipfile and no Pipfile.lock.",
        when=(
            Seen(*_EITHER, fault="pipfile-without-lock"),
            *judged("pipfile-without-lock", Fact.PROJECT_LAYOUT),
        ),
        why="The buildpack installs exactly what the lock file names, and a Pipfile alone names ranges.",
        fix=(
            "pipenv lock",
            "git add -f Pipfile.lock && git commit -m 'Add the lock file' && git push heroku main",
        ),
        docs=_SUPPORT,
    ),
    Cause(
        id="build/setup-py-only",
        level=Level.FAIL,
        codes=(),
        title="The project has a setup.py and none of the files that name its requirements.",
        when=(
            Seen(*_EITHER, fault="setup-py-only"),
            *judged("setup-py-only", Fact.PROJECT_LAYOUT),
        ),
        why="Since December 2025 the buildpack no longer installs a project from setup.py alone.",
        fix=(
            "echo '--editable .' > requirements.txt",
            "git add requirements.txt && git commit -m 'Name the requirements' && git push heroku main",
        ),
        docs=_SUPPORT,
    ),
    Cause(
        id="build/venv-committed",
        level=Level.FAIL,
        codes=(),
        title="{waiting} is an installed Python, and nothing keeps it out of a commit.",
        title_without="The repository contains an installed Python: {folder}.",
        when=(
            *judged("venv-committed", Fact.PROJECT_LAYOUT),
            Seen(*_EITHER, fault="venv-committed"),
            Seen(*_EITHER, fault="python-committed", confidence=Confidence.LIKELY),
        ),
        why="A virtual environment works on the machine that made it only; the build makes its own.",
        fix=(
            "git rm -r --cached {folder}",
            "echo '{folder}/' >> .gitignore",
            "git add .gitignore && git commit -m 'Remove the virtual environment' && git push heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/gitignore",
        rivals=(Rival("build/hook-failed", "bin/pre_compile or another buildpack makes the folder"),),
    ),
    *BUILD_REQUIREMENTS,
    Cause(
        id="build/stack-unsupported",
        level=Level.FAIL,
        codes=(),
        title="The stack {stack} is not supported any more, or not known.",
        when=(Seen(*_ERROR, fault="stack"),),
        why="A stack is the Ubuntu below the app. Past its end of life Heroku refuses builds on it, and "
        "in the months before it lets the first build of a week or a day fail as a notice.",
        fix=(
            "heroku stack:set heroku-24",
            "git commit --allow-empty -m 'Build on the new stack' && git push heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/stack",
    ),
    Cause(
        id="build/unsafe-config-var",
        level=Level.FAIL,
        codes=(),
        title="The config var {variable} breaks builds.",
        when=(
            Seen(*_ERROR, fault="unsafe-config-var", variable=_ANY),
            Seen(*_ERROR, fault="unsafe-config-var"),
        ),
        why="Python, pip, Poetry and uv read it and would install elsewhere than the build expects, so "
        "the buildpack refuses. Refused here: {variables}.",
        fix=(
            "heroku config:unset {variable}",
            "git commit --allow-empty -m 'Build again' && git push heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/config-vars",
    ),
    Cause(
        id="build/duplicate-buildpack",
        level=Level.FAIL,
        codes=(),
        title="The Python buildpack is listed twice.",
        when=(Seen(*_EITHER, fault="duplicate-buildpack"),),
        why="The second run finds the Python that the first one installed, and refuses to write over it.",
        fix=(
            "heroku buildpacks   (shows the list and the numbers)",
            "heroku buildpacks:remove --index 2",
            "git commit --allow-empty -m 'Build again' && git push heroku main",
        ),
        docs=_BUILDPACKS,
    ),
    Cause(
        id="build/wrong-buildpack",
        level=Level.FAIL,
        codes=(),
        title="{first_file} lets the buildpack for {language} take the app, and not Python's.",
        title_without="The app is built with the buildpack for {language}, and not with Python's.",
        when=(
            *judged("other-buildpack", Fact.PROJECT_LAYOUT),
            Seen(Fact.BUILD_WARNING, fault="other-language", also="Python", confidence=Confidence.LIKELY),
            Seen(*_ERROR, fault="other-buildpack", python_files=_ANY),
            Seen(*_ERROR, fault="other-buildpack", confidence=Confidence.LIKELY),
        ),
        why="Heroku runs the buildpacks that are set, or the first that detects the app: Node.js is asked "
        "before Python, and a package.json in the root is enough. Then nothing of requirements.txt is "
        "installed.",
        fix=(
            "heroku buildpacks   (what is set?)",
            'In app.json add Python\'s to {listed_in}: {{"url": "heroku/python"}}',
            "heroku buildpacks:clear && heroku buildpacks:set heroku/python",
            "With a front end to build: heroku buildpacks:add --index 1 heroku/nodejs",
            "git commit --allow-empty -m 'Build again' && git push heroku main",
        ),
        docs=_BUILDPACKS,
        rivals=(Rival("build/no-python-files", "the buildpack is the right one and its files are missing"),),
    ),
    Cause(
        id="build/uncommitted-changes",
        level=Level.WARN,
        codes=(),
        title="The working tree differs from what a push would deploy: {files}.",
        when=judged("uncommitted", Fact.PROJECT_GIT),
        why="git push sends commits. What is only saved, or not yet added, stays on this machine.",
        fix=("git status --short", "git add -A && git commit -m 'Deploy this too' && git push heroku main"),
        docs="https://devcenter.heroku.com/articles/git",
    ),
    *BUILD_STEPS,
)
