"""The syntax tree of a draft, and where its nodes stand in the text."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from checks.evidence import Evidence
from diag.fixes.desk import Desk, NotSure
from diag.fixes.draft import Change, Draft, parsed

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Code:
    """The syntax tree of a draft, and where its nodes stand in the text."""

    draft: Draft
    tree: ast.Module
    starts: tuple[int, ...]
    in_strings: frozenset[int]

    @classmethod
    def of(cls, draft: Draft) -> Code:
        """The code. Raises NotSure for what is no Python, or no valid one."""
        if not draft.path.endswith(".py"):
            raise NotSure
        tree = parsed(draft.text)
        if tree is None:
            raise NotSure
        starts = (0, *(match.end() for match in _LINE_END.finditer(draft.text)))
        joined = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
        return cls(draft, tree, starts, frozenset(id(part) for node in joined for part in ast.walk(node)))

    def span(self, node: ast.expr) -> tuple[int, int]:
        """From where to where the node stands.

        Raises NotSure for what is in an f-string: its place is not known before 3.12.
        """
        if node.end_lineno is None or node.end_col_offset is None or id(node) in self.in_strings:
            raise NotSure
        start, end = self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)
        again = parsed(f"({self.draft.text[start:end]}\n)")
        if again is None or ast.dump(again) != ast.dump(ast.Module([ast.Expr(node)], [])):
            raise NotSure
        return start, end

    def _at(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        if column == 0:
            return start
        rest = self.draft.text[start : start + column]  # as many characters as bytes, at most
        return start + len(rest.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def importing_os(self) -> list[Change]:
        """What makes `os` known at the top: nothing, or an import. Raises NotSure."""
        if any(map(_binds_os, ast.walk(self.tree))):
            raise NotSure
        if any(isinstance(s, ast.Import) and any(map(_is_os, s.names)) for s in self.tree.body):
            return []
        body = self.tree.body
        first = int(ast.get_docstring(self.tree, clean=False) is not None)
        while first < len(body) and _is_of_the_future(body[first]):
            first += 1
        if first == len(body):
            raise NotSure
        line = min([body[first].lineno, *(d.lineno for d in getattr(body[first], "decorator_list", ()))])
        if first and body[first - 1].end_lineno == line:
            raise NotSure  # both on one line
        start = self.starts[line - 1]
        return [Change(start, start, f"import os{self.draft.line_end}")]


def code_at(desk: Desk, evidence: Evidence) -> tuple[Code, int]:
    """The code of the file, and the line. Raises NotSure."""
    draft, line = desk.at(evidence)
    if draft is None or not line:
        raise NotSure
    return Code.of(draft), line


def _is_of_the_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_os(name: ast.alias) -> bool:
    return name.name == "os" and name.asname is None


def _binds_os(node: ast.AST) -> bool:
    """Whether `os` becomes something else than the module, anywhere."""
    if isinstance(node, ast.Name):
        return node.id == "os" and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.arg):
        return node.arg == "os"
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == "os"
    if isinstance(node, ast.Import):
        return any(name.asname == "os" and name.name != "os" for name in node.names)
    return isinstance(node, ast.ImportFrom) and any((n.asname or n.name) == "os" for n in node.names)
