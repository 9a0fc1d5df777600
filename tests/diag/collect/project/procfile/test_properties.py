"""Whatever the files hold, the reading ends, and what it says can be shown."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.collect.project.procfile.load import check_memory
from diag.collect.project.procfile.names import names_of
from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.required import check_server
from diag.collect.project.procfile.shell import parse
from diag.collect.project.procfile.starting import read_web
from diag.collect.project.procfile.target import check_target
from diag.collect.project.procfile.values import evaluated
from tests.diag.collect.project.procfile.web import Files, requiring
from tests.projects import project

WORDS = """gunicorn uvicorn flask python python3 -m -c -b --bind -w --chdir --app app:app app.py:app
    shop.wsgi $PORT ${PORT 0.0.0.0:$PORT 127.0.0.1:80 unix:/x cd backend .. / ~ && || ; | & ( ) { } ' " `
    $( <<X exec env sh bash -lc start.sh ./start.sh . source A=1 PORT=5 export if then fi for do done case
    esac in \\ # manage.py runserver celery worker streamlit run poetry uv newrelic-admin run-program
    bin/start-nginx — “x” 'app:make()' =x -= --"""
LINES = """import os
from flask import Flask
app = Flask(__name__)
def make(a, b=1):
    return app
if x:
    app = 1
else:
try:
except E: pass
(a, *b), c = 1
with x as y: pass
bind = f'{a}'
workers = 2 ** 9
threads = 'x' * 9
lambda: (z := 1)
match x:
    case {'a': b}: pass
global q
del app
timeout = 1 / 0
\0
'
(
from x import *
bind = '%s' % a
bind = os.environ['PORT']
workers = min()
x = -'a'
@d
class A: pass"""
COMMAND = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)
TYPES = st.sampled_from(["web: ", "web:", "web ", "Web: ", "worker: ", "web : ", "", "\ufeffweb: "])
PYTHON = st.lists(st.sampled_from(LINES.splitlines()), max_size=10).map("\n".join)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    lines=st.lists(st.tuples(TYPES, COMMAND).map("".join), max_size=4),
    script=COMMAND,
    code=PYTHON,
    codec=st.sampled_from(["utf-8", "utf-8", "utf-16"]),
    generation=st.sampled_from(["cedar", "fir"]),
)
def test_any_project_can_be_read(
    lines: list[str], script: str, code: str, codec: str, generation: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files: Files = {
            "Procfile": "\n".join(lines).encode(codec),
            "start.sh": script,
            "app.py": code,
            "gunicorn.conf.py": code,
        }
        tree = project(Path(folder), files)
        procfile, found = read_procfile(tree, generation)
        web, more = read_web(tree, procfile)
        found += more
        requirements = requiring("flask gunicorn tensorflow")
        if web is not None:
            found += check_target(tree, web, requirements)
            found += check_server(web, requirements)
            found += check_memory(tree, web, requirements, generation)
    for each in found:
        assert each.text
        assert each.values["sure"] in ("certain", "likely", "possible")
        shown = [each.text, each.where, *(value for value in each.values.values() if isinstance(value, str))]
        assert not any("\n" in text or "\ue000" in text for text in shown)
        assert len(each.text) < 1000
    assert len(found) <= 40


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_may_be_a_procfile(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = project(Path(folder), {"Procfile": data})
        procfile, _ = read_procfile(tree)
        read_web(tree, procfile)


@given(st.text(max_size=200))
def test_any_text_may_be_a_command(text: str) -> None:
    for command in parse(text).commands:
        assert command.words or command.assigned


@given(st.text(max_size=200))
def test_any_text_may_be_python(text: str) -> None:
    names_of(text)
    evaluated(text, 8)
