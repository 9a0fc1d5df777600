"""Python is mended where it stands, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.cause import Confidence
from diag.fixes.draft import parsed
from tests.diag.fixes.mending import fixes, found, mended

HARDCODED, LOCALHOST = "port/hardcoded", "port/bound-to-localhost"
FUTURE = '"""Doc."""\nfrom __future__ import annotations\n'
PORT = 'int(os.environ.get("PORT", 5000))'


def code(folder: Path, text: str, *causes: str, line: int = 0, name: str = "app.py", **values: str) -> str:
    """The code after the fixes of these causes, found on a line (the last one unless told)."""
    at = line or len(text.rstrip("\n").split("\n"))
    after = mended(
        folder,
        {name: text},
        *(found(cause, f"{name}:{at}", Confidence.CERTAIN, **values) for cause in causes),
    )
    changed = after.get(name, text.encode()).decode()
    assert parsed(changed) is not None
    return changed


@pytest.mark.parametrize(
    ("call", "becomes"),
    [
        ('app.run(host="127.0.0.1", port=5000)', f'app.run(host="0.0.0.0", port={PORT})'),
        ("app.run(host='localhost', port='5000')", f"app.run(host='0.0.0.0', port={PORT})"),
        ("app.run()", f'app.run(host="0.0.0.0", port={PORT})'),
        ("app.run( )", f'app.run(host="0.0.0.0", port={PORT})'),
        ("app.run(debug=False)", f'app.run(debug=False, host="0.0.0.0", port={PORT})'),
        ("app.run(port=5000)", f'app.run(port={PORT}, host="0.0.0.0")'),
        ("app.run('127.0.0.1', 5000)", f"app.run('0.0.0.0', {PORT})"),
        ('app.run("0.0.0.0", 5000)', f'app.run("0.0.0.0", {PORT})'),
        ("app.run('0.0.0.0', 5000, True)", f"app.run('0.0.0.0', {PORT}, True)"),
        ("socketio.run(app, '127.0.0.1', 5000)", f"socketio.run(app, '0.0.0.0', {PORT})"),
        ("uvicorn.run('app:app', port=5000)", f"uvicorn.run('app:app', port={PORT}, host=\"0.0.0.0\")"),
        (
            "uvicorn.run(app)",
            'uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", 8000)))',
        ),
        (
            "serve(app, host='127.0.0.1', port=8080)",
            "serve(app, host='0.0.0.0', port=int(os.environ.get(\"PORT\", 8080)))",
        ),
        (
            "app.run_server(debug=False)",
            'app.run_server(debug=False, host="0.0.0.0", port=int(os.environ.get("PORT", 8050)))',
        ),
        ("create('café 🙂').run(port=5000)", f"create('café 🙂').run(port={PORT}, host=\"0.0.0.0\")"),
        ("if main: app.run(port=5000)  # start", f'if main: app.run(port={PORT}, host="0.0.0.0")  # start'),
    ],
)
@pytest.mark.parametrize("causes", [(HARDCODED,), (LOCALHOST,), (HARDCODED, LOCALHOST)])
def test_a_server_listens_on_every_interface_and_on_the_port(
    tmp_path: Path, call: str, becomes: str, causes: tuple[str, ...]
) -> None:
    assert code(tmp_path, f"import os\n{call}\n", *causes) == f"import os\n{becomes}\n"


@pytest.mark.parametrize(
    "call",
    [
        "app.run(**options)",
        "app.run(*where)",
        "serve(app, listen='127.0.0.1:8080')",
        "uvicorn.run(app, uds='/tmp/socket')",
        "asyncio.run(main())",
        "subprocess.run(['a'])",
        "app.run(port=PORT)",
        "app.run(host='0.0.0.0', port=read('PORT'))",
        "app.run(port=5000); app.run(port=5001)",
        "start(port=5000)",
        "f'{app.run(port=5000)!r:>{app.run(port=5001)}}'",
        "app.run(port=70000)",
        "app.run(port=True)",
        "app.run( # here\n)",
        "app.run(port=5000",
        "os = 1; app.run(port=5000)",
        "\0",
    ],
)
def test_what_is_not_plain_stays_as_it_is(tmp_path: Path, call: str) -> None:
    assert fixes(tmp_path, {"app.py": f"import os\n{call}\n"}, found(HARDCODED, "app.py:2")).edits == ()


def test_a_host_that_is_computed_is_kept_and_leaves_localhost_to_the_reader(tmp_path: Path) -> None:
    text = "import os\napp.run(host=HOST, port=5000)\n"
    assert fixes(tmp_path, {"app.py": text}, found(LOCALHOST, "app.py:2")).edits == ()
    assert code(tmp_path, text, HARDCODED) == f"import os\napp.run(host=HOST, port={PORT})\n"


def test_the_port_that_was_found_is_the_one_without_a_variable(tmp_path: Path) -> None:
    changed = code(tmp_path, "import os\napp.run()\n", LOCALHOST, port="8000")
    assert 'os.environ.get("PORT", 8000)' in changed


def test_a_call_over_several_lines_keeps_its_lines_and_comments(tmp_path: Path) -> None:
    text = 'import os\napp.run(\n    host="127.0.0.1",  # here\n    port=5000,  # there\n)\n'
    wanted = f'import os\napp.run(\n    host="0.0.0.0",  # here\n    port={PORT},  # there\n)\n'
    assert code(tmp_path, text, HARDCODED, line=2) == wanted


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    changed = code(tmp_path, "x = 1\r\napp.run(port=5000)\r\n", HARDCODED)
    assert changed == f'import os\r\nx = 1\r\napp.run(port={PORT}, host="0.0.0.0")\r\n'


@pytest.mark.parametrize(
    ("head", "becomes"),
    [
        ("", "import os\n"),
        ("import os\n", "import os\n"),
        ("import sys, os\n", "import sys, os\n"),
        ("import os.path\n", "import os\nimport os.path\n"),
        (
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nimport os\n",
        ),
        ('"""What it is."""\n\n', '"""What it is."""\n\nimport os\n'),
        ("from __future__ import annotations\n", "from __future__ import annotations\nimport os\n"),
        (
            f"{FUTURE}from __future__ import division\nx = 1\n",
            f"{FUTURE}from __future__ import division\nimport os\nx = 1\n",
        ),
        ("@decorated\ndef f(): ...\n", "import os\n@decorated\ndef f(): ...\n"),
        ("from flask import Flask\n", "import os\nfrom flask import Flask\n"),
        ("if 1:\n    import os\n", "import os\nif 1:\n    import os\n"),
    ],
)
def test_os_is_imported_once_and_at_a_place_that_is_allowed(tmp_path: Path, head: str, becomes: str) -> None:
    changed = code(tmp_path, f"{head}app.run(port=5000)\n", HARDCODED)
    assert changed == f'{becomes}app.run(port={PORT}, host="0.0.0.0")\n'


@pytest.mark.parametrize(
    "head",
    [
        "from mine import os\n",
        "import mine as os\n",
        "def f(os): ...\n",
        "os = 1\n",
        "class os: ...\n",
        '"""Doc."""; x = 1\n',
    ],
)
def test_where_os_can_not_be_imported_nothing_is_changed(tmp_path: Path, head: str) -> None:
    text = f"{head}app.run(port=5000)\n"
    line = text.count("\n")
    assert fixes(tmp_path, {"app.py": text}, found(HARDCODED, f"app.py:{line}")).edits == ()


def test_an_alias_of_os_is_no_os(tmp_path: Path) -> None:
    assert code(tmp_path, "import os as o\napp.run(port=5000)\n", HARDCODED).startswith(
        "import os\nimport os as o\n"
    )


def test_a_backslash_that_python_warns_of_is_none_of_our_business(tmp_path: Path) -> None:
    assert "environ" in code(tmp_path, "x = '\\d'\napp.run(port=5000)\n", HARDCODED)


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ('"127.0.0.1:8000"', '"0.0.0.0:" + os.environ.get("PORT", "8000")'),
        ("':5000'", '"0.0.0.0:" + os.environ.get("PORT", "5000")'),
        ('"unix:/tmp/nginx.socket"', None),
        ('f"127.0.0.1:{port}"', None),
        ('["127.0.0.1:8000"]', None),
        ('"10.0.0.1:8000"', None),
    ],
)
def test_gunicorns_bind_reads_the_port(tmp_path: Path, value: str, becomes: str | None) -> None:
    text = f"workers = 2\nbind = {value}\n"
    changed = code(tmp_path, text, LOCALHOST, name="gunicorn.conf.py")
    assert changed == (text if becomes is None else f"import os\nworkers = 2\nbind = {becomes}\n")


@pytest.mark.parametrize(
    ("cause", "text", "becomes"),
    [
        ("request/keepalive-race", "keepalive = 5", "keepalive = 95"),
        ("shutdown/exit-timeout", "graceful_timeout = 120  # s", "graceful_timeout = 20  # s"),
        ("model/fork-deadlock", "preload_app = True", "preload_app = False"),
        ("model/fork-deadlock", "preload_app = read()", "preload_app = read()"),
        ("model/fork-deadlock", "keepalive = 5", "keepalive = 5"),
        ("request/keepalive-race", "keepalive = True", "keepalive = True"),
        ("config/debug-on", "app.run(debug=True)", "app.run(debug=False)"),
        ("config/debug-on", "app.run(debug=DEBUG)", "app.run(debug=DEBUG)"),
        ("config/debug-on", "DEBUG = True", "DEBUG = True"),
    ],
)
def test_a_setting_fits_the_platform(tmp_path: Path, cause: str, text: str, becomes: str) -> None:
    assert code(tmp_path, f"{text}\n", cause, name="gunicorn.conf.py") == f"{becomes}\n"


MENDED = '.replace("postgres://", "postgresql://", 1)'


@pytest.mark.parametrize(
    ("expression", "becomes"),
    [
        ('os.environ["DATABASE_URL"]', f'os.environ["DATABASE_URL"]{MENDED}'),
        ("environ['DATABASE_URL']", f"environ['DATABASE_URL']{MENDED}"),
        (
            'os.environ.get("DATABASE_URL", "sqlite:///x.db")',
            f'os.environ.get("DATABASE_URL", "sqlite:///x.db"){MENDED}',
        ),
        ('os.getenv("DATABASE_URL", "") or None', f'os.getenv("DATABASE_URL", ""){MENDED} or None'),
        ('os.environ.get("DATABASE_URL")', None),  # None has no replace
        ('os.environ.get("DATABASE_URL", None)', None),
        ('os.environ["DATABASE_URL"].replace("s://", "sql://")', None),
        ('os.environ["OTHER_URL"]', None),
        ("f\"{os.environ['DATABASE_URL']}?x=1\"", None),
    ],
)
def test_the_scheme_of_the_database_is_one_that_sqlalchemy_knows(
    tmp_path: Path, expression: str, becomes: str | None
) -> None:
    text = f"SQLALCHEMY_DATABASE_URI = {expression}\n"
    changed = code(tmp_path, text, "config/database-url-scheme")
    assert changed == (text if becomes is None else f"SQLALCHEMY_DATABASE_URI = {becomes}\n")


@pytest.mark.parametrize(
    ("requirements", "scheme"),
    [
        ("SQLAlchemy==1.4.54\npsycopg2==2.9.9\n", "postgresql"),
        ("SQLAlchemy==2.1.0\npsycopg2-binary==2.9.9\n", "postgresql+psycopg2"),
        ("sqlalchemy\npsycopg2-binary\n", "postgresql+psycopg2"),
        ("sqlalchemy==2.1.0\npsycopg==3.2\n", "postgresql"),
        ("Flask==3.1.0\n", "postgresql"),
    ],
)
def test_since_2_1_sqlalchemy_is_told_which_psycopg_it_is(
    tmp_path: Path, requirements: str, scheme: str
) -> None:
    files = {"requirements.txt": requirements, "app.py": 'URL = os.environ["DATABASE_URL"]\n'}
    after = mended(tmp_path, files, found("config/database-url-scheme", "app.py:1"))
    assert (
        after["app.py"].decode()
        == f'URL = os.environ["DATABASE_URL"].replace("postgres://", "{scheme}://", 1)\n'
    )


def test_two_fixes_of_one_file_are_made_together(tmp_path: Path) -> None:
    text = 'URL = os.environ["DATABASE_URL"]\napp.run(debug=True, port=5000)\n'
    wanted = (
        f'import os\nURL = os.environ["DATABASE_URL"]{MENDED}\n'
        f'app.run(debug=False, port={PORT}, host="0.0.0.0")\n'
    )
    three = (
        found("config/database-url-scheme", "app.py:1"),
        found("config/debug-on", "app.py:2"),
        found(HARDCODED, "app.py:2"),
    )
    made = fixes(tmp_path, {"app.py": text}, *three)
    assert [edit.causes for edit in made.edits] == [
        ("config/database-url-scheme", "config/debug-on", HARDCODED)
    ]
    assert made.edits[0].after == wanted.encode()


def test_what_one_change_mends_is_changed_once(tmp_path: Path) -> None:
    both = (found(LOCALHOST, "app.py:1", port="8000"), found(HARDCODED, "app.py:1"))
    made = fixes(tmp_path, {"app.py": "app.run()\n"}, *both)
    assert b"8000" in (made.edits[0].after or b"")
    assert made.edits[0].causes == (LOCALHOST, HARDCODED)
    assert made.told == ()


def test_preload_is_mended_where_it_is_set(tmp_path: Path) -> None:
    files = {"app.py": "model.predict(x)\n", "gunicorn.conf.py": "preload_app = True\n"}
    diagnosis = found("model/fork-deadlock", "app.py:1", preload="gunicorn.conf.py:1")
    assert mended(tmp_path, files, diagnosis) == {"gunicorn.conf.py": b"preload_app = False\n"}


STATEMENTS = st.lists(
    st.sampled_from(
        [
            "import sys",
            "from flask import Flask",
            "import os",
            "app = Flask(__name__)",
            "# a comment",
            "",
            "x = 'é🙂'; y = f'{x}'",
            "def f(a, *b, c=1, **d):\n    return [a for a in b if a]",
            "@app.route('/')\nasync def g(): ...",
            "class C:\n\t'''Doc.'''",
            "s = '''\nimport nothing\napp.run()\n'''",
            "if x:\n    pass\nelse:\n    del x",
            "\f",
        ]
    ),
    max_size=6,
)
HEADS = st.sampled_from(["", '"""Doc."""', "#!/usr/bin/python"])
CALLS = st.sampled_from(
    [
        "app.run()",
        "app.run('127.0.0.1', 5000, debug=False)",
        "app.run(\n  port = 5000, # p\n)",
        "serve(app,port=1)",
    ]
)


class _Without(ast.NodeTransformer):
    """Code without the call that starts the server."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        starts = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in {"app.run", "serve"}
        return ast.Pass() if starts else node


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADS, STATEMENTS, CALLS, STATEMENTS)
def test_code_differs_in_the_call_and_the_import_and_in_nothing_else(
    tmp_path: Path, head: str, before: list[str], call: str, after: list[str]
) -> None:
    text = "\n".join([head, *before, call, *after, ""])
    line = "\n".join([head, *before, ""]).count("\n") + 1
    for end in ("\n", "\r\n"):
        data = text.replace("\n", end).encode()
        (edit,) = fixes(tmp_path, {"app.py": data}, found(HARDCODED, f"app.py:{line}")).edits
        assert edit.after is not None
        assert edit.after.count(b"\r\n") == (edit.after.count(b"\n") if end == "\r\n" else 0)
        assert edit.after.count(b"os.environ") == 1
        old, new = ast.parse(text), ast.parse(edit.after.decode())
        if "import os" not in before and "import os" not in after:
            new.body = [s for s in new.body if not (isinstance(s, ast.Import) and s.names[0].name == "os")]
        assert ast.dump(_Without().visit(new)) == ast.dump(_Without().visit(old))
