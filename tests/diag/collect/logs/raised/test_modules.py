from __future__ import annotations

import pytest

from tests.diag.collect.logs.raised.frames import GUNICORN, SITE, cause, installed, own


@pytest.mark.parametrize(
    ("frames", "end", "target", "expected"),
    [
        # what the Procfile names
        (
            (GUNICORN,),
            "ModuleNotFoundError: No module named 'main'",
            "main:app",
            ("procfile/wrong-target-module", "certain"),
        ),
        (
            (GUNICORN,),
            "ModuleNotFoundError: No module named 'src'",
            "src.main:app",
            ("procfile/wrong-target-module", "certain"),
        ),
        (
            (GUNICORN,),
            "ModuleNotFoundError: No module named 'main'",
            "",
            ("procfile/wrong-target-module", "certain"),
        ),
        # what the app's own code imports
        (
            (GUNICORN, own("import flask_cors")),
            "ModuleNotFoundError: No module named 'flask_cors'",
            "app:app",
            ("dependency/module-not-found", "certain"),
        ),
        (
            (GUNICORN, own("import acme")),
            "ModuleNotFoundError: No module named 'acme'",
            "app:app",
            ("dependency/module-not-found", "likely"),
        ),
        (
            (GUNICORN, own("import app.views")),
            "ModuleNotFoundError: No module named 'app.views'",
            "app:app",
            ("boot/import-error", "likely"),
        ),
        (
            (GUNICORN, own("import utils")),
            "ModuleNotFoundError: No module named 'utils'",
            "app:app",
            ("boot/import-error", "likely"),
        ),
        (
            (own("import shop.cart", file="/app/shop/urls.py"),),
            "ModuleNotFoundError: No module named 'shop.cart'",
            "",
            ("boot/import-error", "likely"),
        ),
        # what a package of the requirements imports
        (
            (own("import acme"), installed("acme/__init__.py", "import acme_types")),
            "ModuleNotFoundError: No module named 'acme_types'",
            "",
            ("dependency/module-not-found", "certain"),
        ),
        (
            (own("import django"), installed("django/apps/config.py", "module = import_module(entry)")),
            "ModuleNotFoundError: No module named 'shop'",
            "",
            ("dependency/module-not-found", "likely"),
        ),
        (
            (own("from sklearn.externals import joblib"),),
            "ModuleNotFoundError: No module named 'sklearn.externals'",
            "",
            ("dependency/module-not-found", "certain"),
        ),
        (
            (own("from distutils import util"),),
            "ModuleNotFoundError: No module named 'distutils'",
            "",
            ("dependency/module-not-found", "certain"),
        ),
        (
            (own("import pkg_resources"),),
            "ModuleNotFoundError: No module named 'pkg_resources'",
            "",
            ("dependency/pkg-resources-missing", "certain"),
        ),
        # a file that hides a package
        (
            (own("import flask.json"),),
            "ModuleNotFoundError: No module named 'flask.json'; 'flask' is not a package",
            "",
            ("boot/module-shadowed", "likely"),
        ),
        (
            (own("from flask import Flask", file="/app/flask.py"),),
            (
                "ImportError: cannot import name 'Flask' from partially initialized module 'flask' "
                "(most likely due to a circular import) (/app/flask.py)"
            ),
            "",
            ("boot/module-shadowed", "likely"),
        ),
        (
            (own("random.randint(1, 6)", file="/app/random.py"),),
            (
                "AttributeError: module 'random' has no attribute 'randint' (consider renaming "
                "'/app/random.py' since it has the same name as the standard library module named "
                "'random' and prevents importing that standard library module)"
            ),
            "",
            ("boot/module-shadowed", "likely"),
        ),
        (
            (own("import models"), own("from app import db", file="/app/models.py")),
            (
                "ImportError: cannot import name 'db' from partially initialized module 'app' (most "
                "likely due to a circular import) (/app/app.py)"
            ),
            "",
            ("boot/import-error", "likely"),
        ),
        # a model that was pickled with another library
        (
            (own("model = pickle.load(file)"),),
            "ModuleNotFoundError: No module named 'sklearn._loss._loss'",
            "",
            ("model/pickle-version-mismatch", "certain"),
        ),
        (
            (own("model = pickle.load(file)"),),
            "AttributeError: Can't get attribute '_Remainder' on <module 'sklearn.compose' from '"
            + SITE
            + "/sklearn/compose/__init__.py'>",
            "",
            ("model/pickle-version-mismatch", "certain"),
        ),
        (
            (own("model = pickle.load(file)"),),
            (
                "AttributeError: Can't get attribute 'Tokenizer' on <module '__main__' from "
                "'/app/.heroku/python/bin/gunicorn'>"
            ),
            "",
            ("model/custom-object-missing", "certain"),
        ),
        (
            (own("model = pickle.load(file)"),),
            "AttributeError: Can't get attribute 'Tokenizer' on <module 'utils' from '/app/utils.py'>",
            "",
            ("model/custom-object-missing", "certain"),
        ),
        (
            (own("model = pickle.load(file)"),),
            "ModuleNotFoundError: No module named 'sklearn'",
            "",
            ("dependency/module-not-found", "certain"),
        ),
    ],
)
def test_modules_that_are_not_found(
    frames: tuple[str, ...], end: str, target: str, expected: tuple[str, str]
) -> None:
    assert cause(*frames, end=end, target=target) == expected


def test_the_target_is_not_meant_when_the_apps_own_code_wants_it() -> None:
    # The app's frame is neither among the first nor among the last that are kept.
    deep = [installed(f"acme/m{n}.py", f"import acme.m{n + 1}") for n in range(60)]
    end = "ModuleNotFoundError: No module named 'app'"

    assert cause(GUNICORN * 6, own("import acme"), *deep, end=end, target="app:app")[0] != (
        "procfile/wrong-target-module"
    )
