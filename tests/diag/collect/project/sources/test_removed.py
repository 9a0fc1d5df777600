"""APIs that have gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

NOW = {
    "flask": "3.1.2",
    "werkzeug": "3.1.3",
    "jinja2": "3.1.6",
    "markupsafe": "3.0.2",
    "itsdangerous": "2.2.0",
    "django": "5.2.8",
}
HEAD = "from flask import Flask\napp = Flask('')\n"
GIVES = ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "django")


def of(folder: Path, code: str, **versions: str) -> list[str]:
    return told(findings(folder, {"app.py": HEAD + code}, gives=GIVES, versions={**NOW, **versions}))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("@app.before_first_request\ndef load():\n    pass", "flask-removed"),
        ("def load():\n    pass\napp.before_first_request(load)", "flask-removed"),
        (
            "from flask import Blueprint\nbp = Blueprint('a', 'a')\n@bp.before_app_first_request\ndef load():\n    pass",
            "flask-removed",
        ),
        ("from flask import Markup", "flask-removed"),
        ("from flask.json import JSONEncoder", "flask-removed"),
        ("from flask import _app_ctx_stack as stack", "flask-removed"),
        ("from flask.ext.login import LoginManager", "flask-removed"),
        ("from werkzeug import secure_filename", "flask-family-code"),
        ("from werkzeug.security import safe_str_cmp", "flask-family-code"),
        ("from werkzeug.urls import url_parse", "flask-family-code"),
        ("from jinja2 import Markup", "flask-family-code"),
        ("from itsdangerous import TimedJSONWebSignatureSerializer as S", "flask-family-code"),
        ("from werkzeug.contrib.fixers import ProxyFix", "flask-family-code"),
        ("from django.conf.urls import url", "django-removed"),
        ("from django.utils.translation import ugettext_lazy as _", "django-removed"),
        ("from django.core.urlresolvers import reverse", "django-removed"),
        ("from django.utils.six import text_type", "django-removed"),
        ("from django.utils import six", "django-removed"),
        (
            "from django.db import models\nclass A(models.Model):\n    b = models.ForeignKey('B')",
            "django-removed",
        ),
        ("from flask import json\nclass Encoder(json.JSONEncoder):\n    pass", "flask-removed"),
        (
            "from django.db import models\nclass A(models.Model):\n    class Meta:\n        index_together = [('a', 'b')]",
            "django-removed",
        ),
        ("import django.dispatch\ndone = django.dispatch.Signal(providing_args=['x'])", "django-removed"),
    ],
)
def test_what_the_required_release_no_longer_has(tmp_path: Path, code: str, fault: str) -> None:
    assert [line.rpartition(" ")[0] for line in of(tmp_path, code)] == [f"fail certain {fault}"]


@pytest.mark.parametrize(
    "code",
    [
        "from markupsafe import Markup, escape",
        "from werkzeug.utils import secure_filename",
        "try:\n    from flask import Markup\nexcept ImportError:\n    from markupsafe import Markup",
        "from django.urls import include, path, re_path as url",
        "from django.conf.urls import include, handler404",
        "from django.db import models\nclass A(models.Model):\n    b = models.ForeignKey('B', on_delete=models.CASCADE)",
        "from django.db import models\nclass A(models.Model):\n    b = models.ForeignKey('B', models.CASCADE)",
        "class Other:\n    def before_first_request(self, f):\n        return f\nother = Other()\n@other.before_first_request\ndef f():\n    pass",
        "if hasattr(app, 'before_first_request'):\n    app.before_first_request(print)",
    ],
)
def test_what_it_has(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code) == []


def test_an_older_release_still_has_it(tmp_path: Path) -> None:
    assert of(tmp_path, "@app.before_first_request\ndef load():\n    pass", flask="2.2.5") == []
    assert of(tmp_path, "from werkzeug.urls import url_parse", werkzeug="2.3.8") == []


def test_without_a_pin_it_is_likely(tmp_path: Path) -> None:
    assert of(tmp_path, "from flask import Markup", flask="3.1.2+") == ["fail likely flask-removed app.py:3"]


def test_what_only_a_request_takes_is_a_warning(tmp_path: Path) -> None:
    assert of(tmp_path, "@app.get('/')\ndef f():\n    from flask import Markup") == [
        "warn likely flask-removed app.py:5"
    ]
