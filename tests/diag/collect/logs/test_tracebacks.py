from __future__ import annotations

import time

import pytest

from diag.collect.logs.line import Line
from diag.collect.logs.tracebacks import Frame, Tracebacks
from tests.diag.collect.logs.raised.reading import MISSING, OTHER, lines, one, read


def test_a_whole_traceback() -> None:
    raised = one(MISSING)

    assert raised.chain == (("KeyError", "'SECRET_KEY'"),)
    assert raised.own == Frame(
        "/app/app.py", 11, "<module>", 'app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]'
    )
    assert raised.frames[-1] == Frame("<frozen os>", 685, "__getitem__", "")
    assert (raised.first, raised.last, raised.process, raised.context) == (1, 6, "web.1", "")
    assert raised.at == 1000.006


def test_each_of_its_lines_is_taken_and_no_other() -> None:
    reader = Tracebacks()
    text = f"Booting worker\n{MISSING}\n[2026-11-20 14:02:11 +0000] [7] [INFO] Worker exiting (pid: 7)"

    taken = [reader.read(line) for line in lines(text)]

    assert taken == [False, True, True, True, True, True, True, False]
    assert len(reader.finished()) == 1
    assert reader.finished() == []


def test_a_line_of_the_platform_ends_it() -> None:
    reader = Tracebacks()
    for line in lines(MISSING):
        reader.read(line)

    assert not reader.read(Line(9, 1001.0, "heroku", "web.1", "Process exited with status 1"))
    assert len(reader.finished()) == 1


def test_a_message_ends_when_time_goes_by() -> None:
    later = Line(9, 1900.0, "app", "web.1", "all is well")

    assert one([*lines(MISSING), later]).chain == (("KeyError", "'SECRET_KEY'"),)


@pytest.mark.parametrize(
    ("link", "direct"),
    [
        ("During handling of the above exception, another exception occurred:", False),
        ("The above exception was the direct cause of the following exception:", True),
    ],
)
def test_a_chain_is_told_outermost_first(link: str, direct: bool) -> None:
    raised = one(f"{MISSING}\n\n{link}\n\n{OTHER}")

    assert [name for name, _ in raised.chain] == ["ModuleNotFoundError", "KeyError"]
    assert raised.direct == (direct,)
    assert raised.root == raised.chain[1 if direct else 0]
    assert raised.own is not None
    assert raised.own.line == (11 if direct else 2)


def test_two_that_follow_each_other_are_two() -> None:
    assert [r.chain[0][0] for r in read(f"{MISSING}\n{OTHER}\n\n{MISSING}")] == [
        "KeyError",
        "ModuleNotFoundError",
        "KeyError",
    ]


def test_an_exit_is_the_answer_to_what_was_handled() -> None:
    exit_ = MISSING.replace("KeyError: 'SECRET_KEY'", "SystemExit: 2")

    raised = one(f"{OTHER}\n\nDuring handling of the above exception, another exception occurred:\n\n{exit_}")

    assert raised.root[0] == "ModuleNotFoundError"


def test_a_message_of_several_lines() -> None:
    # As SQLAlchemy 2.0 with psycopg2 prints it.
    raised = one(
        """\
Traceback (most recent call last):
  File "/app/app.py", line 4, in <module>
    engine.connect()
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "127.0.0.1" failed
\tIs the server running on that host and accepting TCP/IP connections?

(Background on this error at: https://sqlalche.me/e/20/e3q8)

[2026-11-20 14:02:11 +0000] [7] [INFO] Worker exiting (pid: 7)"""
    )

    assert raised.chain[0][0] == "OperationalError"
    assert raised.chain[0][1].endswith("(Background on this error at: https://sqlalche.me/e/20/e3q8)")
    assert raised.last == 7


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    # TensorFlow tells what is wrong after the frames of the graph.
    graph = "\n".join(f'  File "/app/x.py", line {n}, in call\n' for n in range(60))
    raised = one(
        f"{MISSING.rpartition(chr(10))[0]}\ntensorflow.InvalidArgumentError: Graph execution "
        f"error:\n\n{graph}"
        "\nMatrix size-incompatible: In[0]: [1,3], In[1]: [4,3]"
    )

    assert raised.chain[0][1].startswith("Graph execution error:")
    assert raised.chain[0][1].endswith("In[0]: [1,3], In[1]: [4,3]")


def test_the_place_of_a_syntax_error_needs_no_traceback() -> None:
    # `python app.py` prints just this.
    raised = one(
        "  File \"/app/app.py\", line 1\n    print 'x'\n    ^^^^^^^^^\nSyntaxError: Missing parentheses"
    )

    assert raised.chain == (("SyntaxError", "Missing parentheses"),)
    assert raised.own == Frame("/app/app.py", 1, "", "print 'x'")


def test_a_log_may_begin_within_a_traceback() -> None:
    cut = "\n".join(MISSING.split("\n")[4:])

    assert one(cut).chain == (("KeyError", "'SECRET_KEY'"),)


def test_a_log_may_end_within_a_traceback() -> None:
    cut = "\n".join(MISSING.split("\n")[:5])

    assert read(cut) == []


def test_frames_without_end_are_not_held() -> None:
    many = "\n".join(
        ["Traceback (most recent call last):"]
        + [
            (
                f'  File "/app/app.py", line {n}, in f\n    f()\n    ^^^\n  [Previous line repeated '
                "996 more times]"
            )
            for n in range(5000)
        ]
        + ['  File "/app/.heroku/python/lib/python3.12/json/decoder.py", line 1, in g'] * 50
        + ["RecursionError: maximum recursion depth exceeded"]
    )

    raised = one(many)

    assert len(raised.frames) == 24
    assert raised.frames[0].line == 0
    assert raised.own is not None
    assert raised.own.line == 4999  # though it is not among the last ones


def test_dynos_are_told_apart() -> None:
    both = sorted([*lines(MISSING, "web.1"), *lines(OTHER, "web.2")], key=lambda line: line.number)

    raised = read(both)

    assert {(r.process, r.chain[0][0]) for r in raised} == {
        ("web.1", "KeyError"),
        ("web.2", "ModuleNotFoundError"),
    }


def interleaved(first: str, second: str) -> str:
    a, b = first.split("\n"), second.split("\n")
    length = max(len(a), len(b))
    a += [""] * (length - len(a))
    b += [""] * (length - len(b))
    return "\n".join(x for pair in zip(a, b, strict=True) for x in pair if x)


def test_workers_that_fail_alike_are_taken_apart() -> None:
    raised = read(interleaved(MISSING, MISSING))

    assert [r.chain for r in raised] == [(("KeyError", "'SECRET_KEY'"),)] * 2
    assert {r.frames[-1].function for r in raised} == {"__getitem__"}


def test_of_workers_that_fail_differently_only_their_words_are_believed() -> None:
    # A plain KeyError must not get the frames of one of os.environ.
    plain = MISSING.replace("<frozen os>", "/app/settings.py").replace("SECRET_KEY", "colour")

    raised = read(interleaved(plain, MISSING))

    assert {r.chain for r in raised} == {(("KeyError", "'SECRET_KEY'"),), (("KeyError", "'colour'"),)}
    assert {r.frames for r in raised} == {()}


def test_other_lines_may_stand_within_a_traceback() -> None:
    text = MISSING.split("\n")
    text.insert(3, '10.1.2.3 - - [20/Nov/2026:14:02:11 +0000] "GET / HTTP/1.1" 200 2 "-" "curl"')

    assert one("\n".join(text)).own is not None


def test_a_line_of_another_worker_is_no_exception() -> None:
    text = MISSING.split("\n")
    text.insert(2, "Loading: model")

    assert one("\n".join(text)).chain == (("KeyError", "'SECRET_KEY'"),)


def test_an_exception_that_quotes_a_traceback() -> None:
    # TensorFlow's own import does so.
    text = (
        'Traceback (most recent call last):\n  File "/app/app.py", line 1, in <module>\n    '
        "import tensorflow\n"
        f"ImportError: {OTHER}\n\n\nFailed to load the native TensorFlow runtime."
    )

    raised = one(text)

    assert raised.chain[0][0] == "ImportError"
    assert raised.chain[0][1].endswith("Failed to load the native TensorFlow runtime.")


@pytest.mark.parametrize(
    "end",
    [
        "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
        "KeyboardInterrupt",
        "asyncio.exceptions.CancelledError",
    ],
)
def test_a_stop_is_no_exception(end: str) -> None:
    assert read(MISSING.replace("KeyError: 'SECRET_KEY'", end)) == []


def test_the_worker_class_is_named_above_the_traceback() -> None:
    # gunicorn 23 with -k gevnt.
    raised = one(f"Error: class uri 'gevnt' invalid or not found: \n\n[{OTHER}\n]")

    assert raised.chain[0] == ("RuntimeError", "class uri 'gevnt' invalid or not found")
    assert raised.chain[1][0] == "ModuleNotFoundError"


def test_hostile_input_takes_linear_time() -> None:
    head = "Traceback (most recent call last):"
    frame = '  File "/app/app.py", line 1, in f'
    hostile = [
        *[head] * 20_000,
        *[head, frame] * 10_000,
        *["a." * 9_000 + "Error"] * 20,
        *[head, frame, "ValueError: " + "x" * 20_000] * 200,
        *["more"] * 20_000,
        *[f"{head}\\n{frame}" * 300] * 10,
        *['{"exc_type"' + "[" * 9_000 + head] * 50,
    ]
    began = time.process_time()

    reader = Tracebacks()
    for number, text in enumerate(hostile):
        reader.read(Line(number, None, "app", f"web.{number % 700}", text))

    assert time.process_time() - began < 20
    assert len(reader.flush()) <= 1500
