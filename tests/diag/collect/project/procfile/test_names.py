"""The names of a module, by its syntax."""

from __future__ import annotations

import pytest

from diag.collect.project.procfile.names import Names, names_of

FLASK = "from flask import Flask\n"


def names(source: str) -> Names:
    found = names_of(source)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "source",
    [
        "app = 1",
        "app: int = 1",
        "app = other = 1",
        "(app, other) = 1, 2",
        "other, *app = x",
        "import app",
        "import x as app",
        "from x import app",
        "from x import y as app",
        "def app(): pass",
        "async def app(): pass",
        "class app: pass",
        "try:\n    app = 1\nexcept ImportError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    app = 1",
        "try:\n    pass\nfinally:\n    app = 1",
        "if x:\n    app = 1",
        "if x:\n    pass\nelse:\n    app = 1",
        "with x as app: pass",
        "with x:\n    app = 1",
        "for app in x: pass",
        "while x:\n    app = 1",
        "match x:\n    case 1:\n        app = 1",
        "if (app := 1): pass",
        "def f():\n    global app\n    app = 1",
        "if __name__ != '__main__':\n    app = 1",
        "if __name__ == '__main__':\n    pass\nelse:\n    app = 1",
    ],
)
def test_a_name_that_importing_binds(source: str) -> None:
    assert "app" in names(source).bound


@pytest.mark.parametrize(
    "source",
    [
        "",
        "app.x = 1",
        "app: int",
        "def f():\n    app = 1",
        "class A:\n    app = 1",
        "app = 1\ndel app",
        "if __name__ == '__main__':\n    app = 1",
        "x = [app for app in y]",
        "import app.x as y",
    ],
)
def test_a_name_that_it_does_not(source: str) -> None:
    assert "app" not in names(source).bound


def test_a_name_below_the_main_condition_is_known() -> None:
    found = names("x = 1\nif '__main__' == __name__:\n    app = 1\n    x = 2\n")
    assert found.under_main == {"app"}


@pytest.mark.parametrize(
    "source",
    ["from x import *", "globals()['app'] = 1", "exec(x)", "def __getattr__(n): pass", "sys.modules[n] = 1"],
)
def test_a_module_that_may_have_more_names_is_open(source: str) -> None:
    assert names(source).is_open


@pytest.mark.parametrize("source", ["import torch.nn.modules", "x = torch.nn.modules", "app = eval('1')"])
def test_other_words_do_not_open_it(source: str) -> None:
    assert not names(source).is_open


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (FLASK + "app = Flask(__name__)", "wsgi"),
        ("import flask\napp = flask.Flask(__name__)", "wsgi"),
        ("import flask as f\napp = f.Flask(__name__)", "wsgi"),
        ("from flask import Flask as F\napp = F(__name__)", "wsgi"),
        ("from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()", "wsgi"),
        ("from fastapi import FastAPI\napp = FastAPI()", "asgi"),
        ("from fastapi import FastAPI\napp: FastAPI = FastAPI()", "asgi"),
        ("from dash import Dash\napp = Dash(__name__)", "dash"),
        ("import dash\nd = dash.Dash(__name__)\napp = d.server", "wsgi"),
        (FLASK + "a = Flask('x')\napp = a", "wsgi"),
        (FLASK + "app = Flask('x')\napp = Wrapped(app)", "other"),
        (
            FLASK
            + "app = Flask('x')\nfrom werkzeug.middleware.proxy_fix import ProxyFix\napp = ProxyFix(app)",
            "wsgi",
        ),
        (FLASK + "if x:\n    app = Flask('x')\nelse:\n    app = other()", "other"),
        (FLASK + "def create_app():\n    a = Flask('x')\n    return a\napp = create_app()", "wsgi"),
        (FLASK + "@cached\ndef create_app():\n    return Flask('x')\napp = create_app()", "other"),
        ("app = None", "none"),
        ("app = 'x'", "constant"),
        ("import app", "module"),
        ("from x import app", "import"),
        ("app = Flask(__name__)", "other"),  # whatever that is here
    ],
)
def test_what_a_name_is_bound_to(source: str, kind: str) -> None:
    assert names(source).bound["app"].kind == kind


@pytest.mark.parametrize(
    ("signature", "least", "most"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("a, b=1", 1, 2),
        ("*a", 0, None),
        ("a, /, b, *, c", 3, 2),
        ("a=1, *, c=2", 0, 1),
    ],
)
def test_how_many_arguments_a_function_takes(signature: str, least: int, most: int | None) -> None:
    bound = names(f"def app({signature}): pass").bound["app"]
    assert (bound.kind, bound.least, bound.most) == ("function", least, most)


def test_an_app_in_a_function_and_its_factory() -> None:
    found = names(FLASK + "def make():\n    if x:\n        app = Flask('x')\n    return app\n")
    assert found.local == {"app": "make"}
    assert found.factories == {"make": "wsgi"}


@pytest.mark.parametrize("source", ["x = (", "\0", "x\n" * 600_000, "(" * 3000, "def f(:"])
def test_what_can_t_be_parsed(source: str) -> None:
    assert names_of(source) is None


def test_the_project_s_own_warnings_are_its_own_affair() -> None:
    assert names_of("x = '\\d'\napp = 1") is not None


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("try:\n    from a import app\nexcept ImportError:\n    app = None\n", "other"),
        ("try:\n    app = Flask('x')\nfinally:\n    pass\n", "wsgi"),
        ("app = Flask('x')\ntry:\n    app.run\nexcept ValueError:\n    pass\n", "wsgi"),
        ("with x:\n    app = Flask('x')\n", "wsgi"),
        ("if x:\n    app = Flask('x')\nelif y:\n    app = Flask('y')\nelse:\n    app = Flask('z')\n", "wsgi"),
        ("app = None\nif x:\n    app = Flask('x')\n", "other"),
        ("app = None\napp = Flask('x')\n", "wsgi"),
        ("if x:\n    y = 1\napp = Flask('x')\nif x:\n    y = 2\n", "wsgi"),
    ],
)
def test_what_a_name_may_be_bound_to(source: str, kind: str) -> None:
    assert names(FLASK + source).bound["app"].kind == kind
