"""The Procfile's bytes, and what word processors put into commands."""

from __future__ import annotations

import pytest

from diag.collect.project.procfile.encoding import decoded, typeset, untypeset


@pytest.mark.parametrize(
    ("data", "text", "problem"),
    [
        (b"web: a", "web: a", ""),
        ("web: ä".encode(), "web: ä", ""),
        ("web: a".encode("utf-16"), "web: a", "utf-16"),
        ("web: a".encode("utf-16-le"), "web: a", "utf-16"),
        ("web: a".encode("utf-16-be"), "web: a", "utf-16"),
        (b"\xef\xbb\xbfweb: a", "web: a", "byte-order-mark"),
        (b"web: \xe4", "web: ä", "no-utf-8"),
        (b"", "", ""),
        (b"web: a\0b", "web: a\0b", ""),
    ],
)
def test_how_it_is_coded(data: bytes, text: str, problem: str) -> None:
    assert decoded(data) == (text, problem)


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ("voila —-port=$PORT —-no-browser app.ipynb", "voila --port=$PORT --no-browser app.ipynb"),
        ("gunicorn “app:create_app()”", 'gunicorn "app:create_app()"'),
        ("gunicorn ‘app:create_app()’", "gunicorn 'app:create_app()'"),
        ("gunicorn –bind 0.0.0.0:$PORT a:b", "gunicorn --bind 0.0.0.0:$PORT a:b"),
        ("gunicorn\u00a0app:app", "gunicorn app:app"),
    ],
)
def test_typographic_characters_are_seen_and_mended(command: str, meant: str) -> None:
    assert typeset(tuple(command.split(" ")))
    assert untypeset(command) == meant


@pytest.mark.parametrize("word", ["it’s", "a–b", "café", "--title=Jürgen", "-", "--", "don’t"])
def test_within_a_word_they_are_its_own_affair(word: str) -> None:
    assert typeset((word,)) == ""
