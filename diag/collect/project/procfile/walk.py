"""Which programs a command line starts, one after the other, in which folder and with which variables.

Scripts of the project that it runs are read, too; what is missing for it to run is noted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, dirname, join

from diag.collect.project.procfile.paths import HOME, may_be_made, resolved
from diag.collect.project.procfile.programs import Kind, Program, program
from diag.collect.project.procfile.shell import parse
from diag.collect.project.procfile.simple import LITERAL, Parsed, Simple
from diag.collect.project.procfile.wrappers import Unwrapped, is_python, unwrapped
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of

MOST_SCRIPTS = 12
MOST_STARTED = 400
DEEPEST = 4
_LONGEST = 4000  # characters of a word that variables were put into
_OF_PYTHON = (Kind.PYTHON, Kind.SERVER, Kind.WORKER, Kind.DONE, Kind.UNKNOWN)
_QUESTIONS = tuple((word,) for word in words_of("[ [[ test grep which command type ls find false diff cmp"))
_SHELLS = frozenset(("sh", "bash", "dash", "zsh"))
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<bare>[A-Za-z_]\w*))")
_NAMED = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_OWN_FOLDER = re.compile(r"\$\(.{0,40}\bdirname\b.{0,80}\)|\$\{(?:0|BASH_SOURCE\[0\])%/\*\}")
_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+(?:-S\s+)?)?(?P<interpreter>\S+)")


@dataclass(frozen=True, slots=True)
class Started:
    """A program that is started. `folder` is from the root, None where it can't be told."""

    program: Program
    words: tuple[str, ...]
    env: Mapping[str, str]
    folder: str | None
    where: str
    wrappers: tuple[str, ...] = ()
    front: str = ""
    is_certain: bool = True
    is_background: bool = False
    led_by: str = ""  # an unknown program that the command comes to, and that may start this one


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the command may stumble over: `what` is cd, script, source, mode or carriage-return."""

    what: str
    path: str  # from the root
    written: str  # as the command has it
    where: str
    is_certain: bool = True  # that the command comes to it, and does not go on without it


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a command stands: `is_certain` that it is run, `depth` of scripts and shells around it."""

    where: str
    env: Mapping[str, str]
    is_certain: bool
    depth: int
    is_background: bool = False
    is_fatal: bool = True  # that nothing goes on when it fails


@dataclass(slots=True)
class Walk:
    """The way through a command line."""

    tree: Tree
    started: list[Started] = field(default_factory=list)
    lacking: list[Lacking] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)  # that were read
    _script: str = ""  # that is being read
    _folder: str | None = ""
    _env: dict[str, str] = field(default_factory=dict)
    _stops: bool = False  # at the first failure, by `set -e`

    def through(self, parsed: Parsed, where: str, *, is_certain: bool = True, depth: int = 0) -> None:
        """All commands of a line (`where` is Procfile:1) or of a script (`where` is its path)."""
        kept: list[tuple[str | None, dict[str, str]]] = []
        has_line = re.search(r":\d+$", where)
        is_asked = False  # whether what stands before decides if it is run
        last = len(parsed.commands) - 1
        for index, simple in enumerate(parsed.commands):
            if len(self.started) >= MOST_STARTED:
                break
            while len(kept) < simple.subshell:
                kept.append((self._folder, dict(self._env)))
            while len(kept) > simple.subshell:
                self._folder, self._env = kept.pop()
            is_asked = is_asked and simple.before in ("&&", "||")
            here = _Here(
                where if has_line else f"{where}:{simple.line}",
                self._env,
                is_certain and simple.depth == 0 and simple.before not in ("||", "|") and not is_asked,
                depth,
                simple.after == "&",
                is_fatal=simple.after in ("", "&&") or index == last or (self._stops and simple.after == ";"),
            )
            self._command(simple, here)
            is_asked = is_asked or simple.words[:1] in _QUESTIONS
        for folder, env in kept[:1]:
            self._folder, self._env = folder, env

    def _command(self, simple: Simple, here: _Here) -> None:
        assigned = {name: self._filled(value) for name, value in simple.assigned}
        if not simple.words:
            self._env |= assigned
            return
        words = tuple(self._filled(word) for word in simple.words)
        if words[0] == "set":
            self._stops = self._stops or any(re.fullmatch(r"-[a-z]*e[a-z]*|errexit", word) for word in words)
        elif words[0] == "export":
            self._env |= {m["name"]: m["value"] for word in words[1:] if (m := _NAMED.fullmatch(word))}
        elif words[0] == "cd":
            self._cd(words[1:], here)
        elif words[0] in (".", "source"):
            self._source(words[1:], here)
        else:
            inner = unwrapped(words)
            self._program(inner, replace(here, env={**self._env, **assigned, **inner.env}))

    def _program(self, inner: Unwrapped, here: _Here) -> None:
        folder = self._at(inner.folder) if inner.folder else self._folder
        if inner.words and basename(inner.words[0]) in _SHELLS:
            self._shell(inner.words[1:], here)
            return
        found = self._of_the_project(inner.words, folder, here)
        if found is None:
            return
        led_by = ""
        if found.kind is Kind.UNKNOWN:
            guess = _guess(inner.words)
            if guess is not None:
                led_by = inner.words[0] if here.is_certain else ""
                wrappers = (*inner.wrappers, *guess.wrappers)
                inner, found = replace(guess, wrappers=wrappers, front=inner.front), program(guess.words)
                here = replace(here, is_certain=False)
        self._python_script(found, folder, here)
        place = (here.env, folder, here.where, inner.wrappers, inner.front)
        self.started.append(Started(found, inner.words, *place, here.is_certain, here.is_background, led_by))

    def _of_the_project(self, words: tuple[str, ...], folder: str | None, here: _Here) -> Program | None:
        """The program, where it is a file of the project what that is; None for a script that was read."""
        found = program(words)
        path = resolved(folder, words[0]) if words and "/" in words[0] and "$" not in words[0] else None
        if not path:
            return found
        if not self.tree.is_deployed(path):
            if not may_be_made(path):
                self._lacks("script", path, words[0], here)
            return found
        self._lacks("mode", path, words[0], here)
        first = (self.tree.text(path) or "")[:200].partition("\n")[0]
        shebang = _SHEBANG.match(first)
        if shebang is None:
            if found.kind is Kind.UNKNOWN:
                self._run_script(path, words, here)
                return None
            return found
        if first.endswith("\r"):
            self._lacks("carriage-return", path, words[0], here)
        interpreter = basename(shebang["interpreter"])
        if interpreter in _SHELLS:
            self._run_script(path, words, here)
            return None
        is_script = found.kind is Kind.UNKNOWN and is_python(interpreter)
        return Program(Kind.PYTHON, "python", words) if is_script else found

    def _python_script(self, found: Program, folder: str | None, here: _Here) -> None:
        """Whether there is the file that Python is told to run."""
        script = found.arguments[0] if found.arguments else ""
        if script.endswith(".py") and "$" not in script and found.kind in _OF_PYTHON:
            path = resolved(folder, script)
            if path and not self.tree.is_deployed(path) and not may_be_made(path):
                self._lacks("script", path, script, here)

    def _lacks(self, what: str, path: str, written: str, here: _Here) -> None:
        is_certain = here.is_certain and here.is_fatal
        self.lacking.append(Lacking(what, path, written, here.where, is_certain))

    def _shell(self, words: tuple[str, ...], here: _Here) -> None:
        """``sh -c '…'`` and ``bash start.sh``, in a process of its own."""
        index = 0
        while index < len(words) and words[index].startswith(("-", "+")) and words[index] != "-":
            if not words[index].startswith("--") and "c" in words[index]:
                text = words[index + 1] if index + 1 < len(words) else ""
                self._child(parse(text.replace(LITERAL, "$")), here.where, here)
                return
            index += 2 if words[index] in ("-o", "+o", "-O", "--rcfile", "--init-file") else 1
        words = words[index:]
        path = self._at(words[0]) if words and "$" not in words[0] else None
        if path is None:
            return
        if self.tree.is_deployed(path):
            self._run_script(path, words, here)
        elif not may_be_made(path):
            self._lacks("script", path, words[0], here)

    def _run_script(self, path: str, words: tuple[str, ...], here: _Here) -> None:
        text = self._read(path, words[0], here)
        if text is not None:
            kept, self._script = self._script, path
            self._child(_with_arguments(parse(text), words[1:]), path, here)
            self._script = kept

    def _read(self, path: str, written: str, here: _Here) -> str | None:
        """A script's text, as long as there are not too many of them."""
        text = self.tree.text(path)
        if text is None or len(self.scripts) >= MOST_SCRIPTS or here.depth >= DEEPEST:
            return None
        self.scripts.append(path)
        if "\r\n" in text:
            self._lacks("carriage-return", path, written, here)
        return text.replace("\r\n", "\n")

    def _child(self, parsed: Parsed, where: str, here: _Here) -> None:
        if here.depth < DEEPEST:
            kept = self._folder, self._env, self._stops
            self._env = dict(here.env)
            self.through(parsed, where, is_certain=here.is_certain, depth=here.depth + 1)
            self._folder, self._env, self._stops = kept

    def _source(self, words: tuple[str, ...], here: _Here) -> None:
        """A script that is run in this very shell; those of virtual environments are never deployed."""
        path = self._at(words[0]) if words and "$" not in words[0] else None
        if path is None:
            return
        if not self.tree.is_deployed(path):
            if not may_be_made(path):
                self._lacks("source", path, words[0], here)
            return
        text = self._read(path, words[0], here)
        if text is not None:
            self.through(parse(text), path, is_certain=here.is_certain, depth=here.depth + 1)

    def _cd(self, words: tuple[str, ...], here: _Here) -> None:
        target = next((word for word in words if not word.startswith("-")), "~")
        if self._script and _OWN_FOLDER.fullmatch(target):
            self._folder = dirname(self._script)
            return
        path = None if "$" in target else self._at(target)
        if path and not self.tree.is_folder(path) and not may_be_made(f"{path}/"):
            self._lacks("cd", path, target, here)
        self._folder = path if here.is_certain else None

    def _at(self, written: str) -> str | None:
        return resolved(self._folder, written)

    def _filled(self, word: str) -> str:
        """The word with the variables that this command line sets itself, and those of every dyno."""

        def value(match: re.Match[str]) -> str:
            name = match["braced"] or match["bare"]
            if name == "HOME":
                return HOME
            if name == "PWD" and self._folder is not None:
                return join(HOME, self._folder).rstrip("/")
            return self._env.get(name, match[0])

        if "$" not in word:
            return word
        filled = _VARIABLE.sub(value, word)
        return filled if len(filled) <= _LONGEST else word


def _guess(words: tuple[str, ...]) -> Unwrapped | None:
    """The known server among the words of an unknown program, which then is a wrapper."""
    for index, word in enumerate(words[1:12], 1):
        if word.startswith("-") or "=" in word:
            continue
        inner = unwrapped(words[index:])
        if program(inner.words).kind is Kind.SERVER:
            return replace(inner, wrappers=(words[0], *inner.wrappers))
    return None


def _with_arguments(parsed: Parsed, arguments: tuple[str, ...]) -> Parsed:
    """A script's commands, its ``"$@"`` replaced by what the script is given."""

    def spread(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for word in words for each in (arguments if word in ("$@", "$*") else (word,)))

    return Parsed(tuple(replace(each, words=spread(each.words)) for each in parsed.commands), parsed.error)
