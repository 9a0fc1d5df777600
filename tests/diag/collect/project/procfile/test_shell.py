"""bash's words, without bash."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from diag.collect.project.procfile.shell import parse
from diag.collect.project.procfile.simple import LITERAL, plain


def words(text: str) -> list[tuple[str, ...]]:
    return [each.words for each in parse(text).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gunicorn app:app", [("gunicorn", "app:app")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a && b || c; d | e & f", [("a",), ("b",), ("c",), ("d",), ("e",), ("f",)]),
        ("a > out 2>&1 < in && b &> x", [("a",), ("b",)]),
        ("a # b c", [("a",)]),
        ("a#b", [("a#b",)]),
        ("a \\\n  b\nc", [("a", "b"), ("c",)]),
        ("(cd x && y) && z", [("cd", "x"), ("y",), ("z",)]),
        ("if [ -f x ]; then y; else z; fi", [("[", "-f", "x", "]"), ("y",), ("z",)]),
        ("for i in 1 2 3; do x $i; done; y", [("x", "$i"), ("y",)]),
        ("while sleep 5; do x; done", [("sleep", "5"), ("x",)]),
        ("case $X in a|b) c;; *) d;; esac", [("a",), ("c",), ("d",)]),
        ("f() { a; }; g", [("a",), ("g",)]),
        ("function f {\n a\n}\ng", [("a",), ("g",)]),
        ("cat <<EOF > x\ngunicorn no\nEOF\nexec y", [("cat",), ("exec", "y")]),
        ("[[ ( $a == 1 ) ]] && b", [("[[", "$a", "==", "1", "]]"), ("b",)]),
        ("a <(b c) d", [("a", "d")]),
        ("x=(1 2) y", [("y",)]),
        ("a ${B:-c d} $(e f) `g h`", [("a", "${B:-c d}", "$(e f)", "`g h`")]),
        ("a ${B:-${C:-8000}}", [("a", "${B:-${C:-8000}}")]),
        ("", []),
        ("# only", []),
    ],
)
def test_the_words_of_each_command(text: str, expected: list[tuple[str, ...]]) -> None:
    assert parse(text).error == ""
    assert words(text) == expected


def test_a_dollar_sign_that_is_none_can_be_told() -> None:
    assert words('a \'$B\' \\$B "\\$B" $B "$B"') == [
        ("a", f"{LITERAL}B", f"{LITERAL}B", f"{LITERAL}B", "$B", "$B")
    ]
    assert plain(f"{LITERAL}B") == "$B"


def test_variables_before_a_command_are_its_own() -> None:
    (command,) = parse("A=1 B='x y' gunicorn C=2").commands
    assert command.assigned == (("A", "1"), ("B", "x y"))
    assert command.words == ("gunicorn", "C=2")


def test_where_a_command_stands() -> None:
    commands = {each.words[0]: each for each in parse("a &&\nb\nif c; then d; fi\n(e) & f").commands}
    assert [commands[name].line for name in "abcdef"] == [1, 2, 3, 3, 4, 4]
    assert [commands[name].depth for name in "abcdef"] == [0, 0, 1, 1, 0, 0]
    assert [commands[name].subshell for name in "ef"] == [1, 0]
    assert commands["b"].before == "&&"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("gunicorn app:create_app()", "unexpected '('"),
        ("gunicorn 'app:app", "no ' to end a quotation"),
        ('gunicorn "app:app', 'no " to end a quotation'),
        ("gunicorn ${PORT app:app", "no } to end ${"),
        ("gunicorn $(date", "no ) to end $("),
    ],
)
def test_where_bash_stops(text: str, error: str) -> None:
    assert parse(text).error == error


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "text",
    [
        "gunicorn app:create_app()",
        "gunicorn 'app:create_app()'",
        'gunicorn "app:create_app()" -b 0.0.0.0:${PORT:-8000}',
        "gunicorn ${PORT app:app",
        "a && (b; c) | d",
        "if a; then b; fi",
        "case $x in a) b;; esac",
        "f() { a; }; f",
        "echo 'it''s' && b",
        "x=(1 2 3); y",
        "a 'b",
        "[[ ( 1 == 1 ) ]] && b",
    ],
)
def test_bash_sees_the_same_errors(text: str) -> None:
    bash = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)
    assert bool(parse(text).error) is (bash.returncode != 0)


@pytest.mark.parametrize(
    "piece", ["$(", "${", "((", "a(", '"', "'", "<<a\n", "\\\n", "case ", "if ", "`a`", ">"]
)
def test_it_takes_no_longer_for_nonsense(piece: str) -> None:
    parse(piece * 20_000)
