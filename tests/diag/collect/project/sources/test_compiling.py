"""Sources that do not compile, among few and among many."""

from __future__ import annotations

import os
import threading

import pytest

from diag.collect.project.sources import compiling
from diag.collect.project.sources.compiling import MANY, uncompilable

BROKEN = ("def f(:\n", "x = = 1\n", "x = '\0'\n", "(" * 5000)


def forks(monkeypatch: pytest.MonkeyPatch, cpus: int) -> list[int]:
    """On a machine of so many processors, with no other thread: the processes that are made."""
    made: list[int] = []
    fork = os.fork

    def counted() -> int:
        child = fork()
        made.append(child)
        return child

    monkeypatch.setattr(os, "cpu_count", lambda: cpus)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "fork", counted)
    return made


def test_few() -> None:
    assert uncompilable([]) == set()
    assert uncompilable(["x = 1\n", *BROKEN, "def f(): pass\n"]) == {1, 2, 3, 4}


@pytest.mark.parametrize("cpus", [1, 2])
def test_many_are_told_the_same_by_one_process_or_two(monkeypatch: pytest.MonkeyPatch, cpus: int) -> None:
    forked = forks(monkeypatch, cpus)
    texts = ["x = 1\n"] * (MANY + 50)
    for place in (0, 7, 100, MANY + 49):
        texts[place] = BROKEN[0]
    assert uncompilable(texts) == {0, 7, 100, MANY + 49}
    assert len(forked) == cpus - 1


def test_a_process_that_dies_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    forked = forks(monkeypatch, 2)
    parent, checked = os.getpid(), compiling._checked

    def dying(texts: list[str], places: range) -> set[int]:
        if os.getpid() != parent:
            raise MemoryError
        return checked(texts, places)

    monkeypatch.setattr(compiling, "_checked", dying)
    texts = ["x = 1\n"] * MANY + [BROKEN[0]] * 2
    assert uncompilable(texts) == {MANY, MANY + 1}
    assert forked
