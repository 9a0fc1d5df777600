"""The words of bash, without running it: which simple commands stand in a line or a script, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diag.collect.project.procfile.simple import LITERAL, Parsed, Simple

MOST_CHARACTERS = 1 << 17
_NAME = re.compile(r"[A-Za-z_]\w*")
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_]\w*)\+?=(?P<value>.*)", re.DOTALL)
_REDIRECTED = re.compile(r"(?:\d+|&)?(?:>>|>\||>&|<<<|<<-?|<&|<>|[<>])")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;|[;&|\n]")
_BRACE = re.compile(r"[ \t]*\)\s*\{")
_FUNCTION = re.compile(r"[ \t]+[\w.-]+[ \t]*(?:\([ \t]*\))?\s*\{")
_OPENING = frozenset(("if", "while", "until", "for", "case", "select"))
_CLOSING = frozenset(("fi", "done", "esac"))
_BETWEEN = frozenset(("then", "do", "else", "elif", "!", "time"))


def parse(text: str) -> Parsed:
    """The simple commands of a command line or a script."""
    reader = _Reader(text[:MOST_CHARACTERS])
    try:
        reader.run()
    except _Ends as error:
        return Parsed(tuple(reader.commands), str(error))
    return Parsed(tuple(reader.commands))


class _Ends(Exception):  # noqa: N818  bash's error, not ours
    """bash would stop here."""


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    line: int = 1
    commands: list[Simple] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    assigned: list[tuple[str, str]] = field(default_factory=list)
    before: str = ""
    depth: int = 0
    subshell: int = 0
    blocks: list[str] = field(default_factory=list)  # the kinds of what is open
    heredocs: list[str] = field(default_factory=list)
    began: int = 1

    def run(self) -> None:
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in " \t\r":
                self.at += 1
            elif self._continues():
                pass
            elif character == "#":
                self.at = self._end_of_line()
            elif redirected := _REDIRECTED.match(self.text, self.at):
                self._redirect(redirected[0])
            elif operator := _OPERATOR.match(self.text, self.at):
                self._operator(operator[0])
            elif character in "()":
                self._bracket(character)
            else:
                self._word()
        self._end("")

    def _operator(self, operator: str) -> None:
        self.at += len(operator)
        if operator == "\n":
            self._end("" if not self.words and not self.assigned else ";")
            self.line += 1
            self._skip_heredocs()
        else:
            self._end(";" if operator == ";;" else "|" if operator == "|&" else operator)

    def _end(self, operator: str) -> None:
        """The simple command ends here."""
        if self.words or self.assigned:
            simple = Simple(
                tuple(self.words),
                tuple(self.assigned),
                self.before,
                operator,
                self.depth,
                self.subshell,
                self.began,
            )
            self.commands.append(simple)
        self.words, self.assigned = [], []
        self.before = operator or self.before

    def _bracket(self, character: str) -> None:
        self.at += 1
        if self.words[:1] == ["[["] and "]]" not in self.words:
            return
        if character == "(":
            if self.words or self.assigned:
                self._function()
                return
            self.blocks.append("(")
            self.subshell += 1
        elif "case" in self.blocks and self.blocks[-1] != "(":
            self.words = []  # the pattern of a case
        elif "(" in self.blocks:
            self._end(";")
            self.subshell -= 1
            while self.blocks and self.blocks.pop() != "(":
                self.depth -= 1
        else:
            raise _Ends("unexpected ')'")

    def _function(self) -> None:
        """``name () {``; with anything else before the bracket bash knows no way to go on."""
        rest = _BRACE.match(self.text, self.at)
        if len(self.words) != 1 or self.assigned or rest is None:
            raise _Ends("unexpected '('")
        self.line += rest[0].count("\n")
        self.at = rest.end()
        self.words = []
        self.blocks.append("function")
        self.depth += 1

    def _redirect(self, operator: str) -> None:
        self.at += len(operator)
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1
        start = self.at
        if self.text.startswith("(", start):
            self._balanced("(", ")")
            return
        target = "".join(self._pieces())
        if operator.endswith(("<<", "<<-")) and target:
            self.heredocs.append(target)
        if self.at == start and operator not in (">&", "<&"):
            raise _Ends("unexpected end of a redirection")

    def _word(self) -> None:
        line, start = self.line, self.at
        word = "".join(self._pieces())
        raw = self.text[start : self.at]
        if not self.words and not self.assigned:
            self.began = line
            if word == raw and self._keyword(word):
                return
        match = None if self.words else _ASSIGNED.match(word)
        if match is None or not _NAME.match(raw):
            self.words.append(word)
        elif not match["value"] and self.text.startswith("(", self.at):
            self._skip_array()
        else:
            self.assigned.append((match["name"], match["value"]))

    def _keyword(self, word: str) -> bool:
        """Whether the word is one of the shell's own, and what it opens or closes."""
        if word in _OPENING:
            self.blocks.append(word)
            self.depth += 1
            if word in ("for", "case", "select"):
                self._skip_header(word)
        elif word == "function":
            self._named_function()
        elif word in _CLOSING or word == "}":
            if self.blocks and self.blocks[-1] != "(":
                self.depth -= self.blocks.pop() != "{"
        elif word == "{":
            self.blocks.append("{")
        elif word not in _BETWEEN:
            return False
        return True

    def _named_function(self) -> None:
        head = _FUNCTION.match(self.text, self.at)
        if head is not None:
            self.at = head.end()
            self.line += head[0].count("\n")
            self.blocks.append("function")
            self.depth += 1

    def _skip_header(self, word: str) -> None:
        end = r"\bin\b" if word == "case" else r"[;\n]"
        match = re.compile(end).search(self.text, self.at)
        header = self.text[self.at : match.end() if match else len(self.text)]
        self.line += header.count("\n")
        self.at += len(header)
        self.words = []

    def _skip_array(self) -> None:
        end = self.text.find(")", self.at)
        if end < 0:
            raise _Ends("no ')' to end an array")
        self.line += self.text.count("\n", self.at, end)
        self.at = end + 1

    def _skip_heredocs(self) -> None:
        for delimiter in self.heredocs:
            while self.at < len(self.text):
                end = self._end_of_line()
                found = self.text[self.at : end].strip("\t\r") == delimiter
                self.at = min(end + 1, len(self.text))
                self.line += 1
                if found:
                    break
        self.heredocs = []

    def _continues(self) -> bool:
        """Whether a line ends here by a backslash, and goes on in the next; then that is behind us."""
        found = self.text.startswith("\\\n", self.at)
        if found:
            self.at += 2
            self.line += 1
        return found

    def _end_of_line(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def _pieces(self) -> Iterator[str]:
        """The parts of a word, without their quotes."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in " \t\r\n;&|()<>":
                return
            if self._continues():
                continue
            if character == "\\":
                self.at += 2
                yield self.text[self.at - 1 : self.at].replace("$", LITERAL)
            elif character == "'":
                yield self._until("'").replace("$", LITERAL)
            elif character == '"':
                yield from self._double()
            elif character in "$`":
                yield self._expansion()
            else:
                self.at += 1
                yield character

    def _until(self, quote: str) -> str:
        start = self.at + 1
        end = self.text.find(quote, start)
        if end < 0:
            raise _Ends(f"no {quote} to end a quotation")
        self.line += self.text.count("\n", start, end)
        self.at = end + 1
        return self.text[start:end]

    def _double(self) -> Iterator[str]:
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self.at += 1
                return
            if self._continues():
                continue
            if character == "\\" and self.text[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\"):
                self.at += 2
                yield self.text[self.at - 1].replace("$", LITERAL)
            elif character in "$`":
                yield self._expansion()
            else:
                self.line += character == "\n"
                self.at += 1
                yield character
        raise _Ends('no " to end a quotation')

    def _expansion(self) -> str:
        """``$NAME``, ``${…}``, ``$(…)`` or the like, as it is written."""
        start = self.at
        if self.text[start] == "`":
            return f"`{self._until('`')}`"
        following = self.text[start + 1 : start + 2]
        if following in ("{", "("):
            self._balanced(following, {"{": "}", "(": ")"}[following])
        elif following == "'" and self.text[start] == "$":
            self.at += 1
            return self._until("'")
        else:
            name = _NAME.match(self.text, start + 1)
            self.at = name.end() if name else start + 1 + (following in tuple("@*#?$!-0123456789"))
        return self.text[start : self.at]

    def _balanced(self, opening: str, closing: str) -> None:
        depth = 0
        for index in range(self.text.find(opening, self.at), len(self.text)):
            character = self.text[index]
            depth += (character == opening) - (character == closing)
            if depth == 0:
                self.line += self.text.count("\n", self.at, index)
                self.at = index + 1
                return
        raise _Ends(f"no {closing} to end ${opening}")
