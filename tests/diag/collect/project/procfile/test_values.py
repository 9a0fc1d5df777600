"""A configuration file in Python, evaluated without running it."""

from __future__ import annotations

from typing import Any

import pytest

from diag.collect.project.procfile.values import evaluated

HEAD = "import multiprocessing\nimport os\nfrom os import environ, getenv\n"


def value(expression: str) -> Any:
    return evaluated(f"{HEAD}x = {expression}\n", 8).values["x"].of


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("5", 5),
        ("'a'", "a"),
        ("None", None),
        ("True", True),
        ("['a', 1]", ("a", 1)),
        ("2 * 3 + 1", 7),
        ("7 // 2", 3),
        ("-3", -3),
        ("not 0", True),
        ("'a' + 'b'", "ab"),
        ("'0.0.0.0:%s' % 80", "0.0.0.0:80"),
        ("'{}:{}'.format('h', 80)", "h:80"),
        ("f'0.0.0.0:{8000}'", "0.0.0.0:8000"),
        ("int('4')", 4),
        ("max(2, 3)", 3),
        ("1 if True else 2", 1),
        ("0 or 5", 5),
        ("'a' == 'a'", True),
        ("multiprocessing.cpu_count() * 2 + 1", 17),
        ("os.environ.get('PORT')", "${PORT}"),
        ("os.environ.get('PORT', 8000)", "${PORT:-8000}"),
        ("os.environ.get('PORT', default='8000')", "${PORT:-8000}"),
        ("environ['PORT']", "${PORT}"),
        ("int(os.getenv('PORT', '8000'))", "${PORT:-8000}"),
        ("getenv('PORT') or '8000'", "${PORT:-8000}"),
        ("f\"0.0.0.0:{os.environ.get('PORT', '8000')}\"", "0.0.0.0:${PORT:-8000}"),
        ("'0.0.0.0:' + str(os.environ.get('PORT', 8000))", "0.0.0.0:${PORT:-8000}"),
        ("os.environ.get('A', os.environ.get('PORT', '1'))", "${A:-${PORT:-1}}"),
    ],
)
def test_what_is_followed(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "config('PORT')",
        "int(os.environ.get('W', 2)) * 2",
        "[i for i in range(3)]",
        "lambda: 1",
        "'x' * 10**9",
        "2 ** 10**9",
        "999999 * 999999",
        "1 / 0",
        "int('x')",
        "os.environ.get('DEBUG') == '1'",
        "open('x').read()",
        "{'a': 1}",
        "unknown",
        "f'{5:>10}'",
        "min()",
    ],
)
def test_what_is_not_is_known_as_unknown(expression: str) -> None:
    found = evaluated(f"{HEAD}x = {expression}\n", 8)
    assert "x" not in found.values
    assert "x" in found.unknown


def test_names_are_followed_and_the_last_one_counts() -> None:
    found = evaluated(
        "port = 80\nbind = f'0.0.0.0:{port}'\nworkers = 2\nworkers += 1\nworkers = workers\n", 8
    )
    assert found.values["bind"].of == "0.0.0.0:80"
    assert (found.values["workers"].of, found.values["workers"].line) == (3, 5)


def test_what_was_counted_by_cores_says_so() -> None:
    found = evaluated("import os\nn = os.cpu_count()\nworkers = n * 2\nthreads = 4\n", 2)
    assert (found.values["workers"].of, found.values["workers"].by_cores) == (4, True)
    assert not found.values["threads"].by_cores


@pytest.mark.parametrize(
    "source",
    [
        "import os\nif os.environ.get('DEV'):\n    x = 1\nelse:\n    x = 2\n",
        "x = 1\nfor x in (2, 3):\n    pass\n",
        "try:\n    x = 1\nexcept ValueError:\n    x = 2\n",
        "from other import x\n",
        "x, y = 1, 2\n",
        "x = 1\ndel x\n",
    ],
)
def test_a_name_that_may_have_several_values_has_none(source: str) -> None:
    found = evaluated(source, 8)
    assert "x" not in found.values
    assert "x" in found.unknown


def test_a_condition_that_is_known_is_followed() -> None:
    assert evaluated("if 1:\n    x = 1\nelse:\n    x = 2\n", 8).values["x"].of == 1


def test_functions_are_not_looked_into() -> None:
    found = evaluated("def post_fork(server, worker):\n    timeout = 5\ntimeout = 20\n", 8)
    assert found.values["timeout"].of == 20


@pytest.mark.parametrize(
    "source", ["from base import *\n", "exec(open('x').read())\n", "globals().update(x=1)\n"]
)
def test_a_file_that_may_bind_more_is_open(source: str) -> None:
    assert evaluated(source, 8).is_open


@pytest.mark.parametrize("source", ["x = (", "\0", "x = 1\n" * 100_000, "(" * 5000, "if 1:\n" * 200])
def test_what_can_t_be_parsed_is_open(source: str) -> None:
    assert evaluated(source, 8).is_open
