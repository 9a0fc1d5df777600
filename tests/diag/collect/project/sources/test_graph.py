"""Which modules the web process imports, and what of them runs at boot."""

from __future__ import annotations

from pathlib import Path

from diag.collect.project.procfile.web import WebProcess
from tests.sources import DJANGO, SCRIPT, findings, graph_of, told


def test_what_the_target_imports_is_followed(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "app.py": "from shop.views import page\napp = page",
            "shop/__init__.py": "",
            "shop/views.py": "from . import models\nfrom .forms import Form as F",
            "shop/models.py": "",
            "shop/forms.py": "",
            "shop/unused.py": "",
            "train.py": "import torch",
        },
    )

    assert sorted(graph.boot) == [
        "app.py",
        "shop/__init__.py",
        "shop/forms.py",
        "shop/models.py",
        "shop/views.py",
    ]


def test_imports_in_functions_that_the_boot_calls_are_followed(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "app.py": "from factory import create_app\napp = create_app()",
            "factory.py": "def create_app():\n    from routes import bp\n    return setup()\ndef setup():\n    import more",
            "routes.py": "def index():\n    import late",
            "more.py": "",
            "late.py": "import later_still",
            "later_still.py": "",
        },
    )

    assert sorted(graph.boot) == ["app.py", "factory.py", "more.py", "routes.py"]
    assert sorted(graph.late) == ["late.py", "later_still.py"]


def test_main_runs_in_a_script_and_not_under_gunicorn(tmp_path: Path) -> None:
    files = {"app.py": "app = 1\nif __name__ == '__main__':\n    import debugging", "debugging.py": ""}

    assert "debugging.py" not in graph_of(tmp_path, files).boot
    assert "debugging.py" in graph_of(tmp_path, files, SCRIPT).boot


def test_what_is_for_the_type_checker_windows_or_an_older_python_is_left_out(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "app.py": (
                "import sys, os\nfrom typing import TYPE_CHECKING\n"
                "if TYPE_CHECKING:\n    import types_only\n"
                "if sys.platform == 'win32':\n    import windows\n"
                "if os.name == 'nt':\n    import windows\n"
                "if sys.version_info < (3, 8):\n    import older\nelse:\n    import newer\n"
                "if sys.version_info[0] == 2:\n    import two\n"
            ),
            **dict.fromkeys(("types_only.py", "windows.py", "older.py", "newer.py", "two.py"), ""),
        },
    )

    assert sorted(graph.boot) == ["app.py", "newer.py"]


def test_namespace_packages_and_a_search_path_of_its_own(tmp_path: Path) -> None:
    web = WebProcess("gunicorn", server="gunicorn", module="shop.web.app", attribute="app", path=("src", ""))
    graph = graph_of(
        tmp_path, {"src/shop/web/app.py": "import shop.db.tables", "src/shop/db/tables.py": ""}, web
    )

    assert sorted(graph.boot) == ["src/shop/db/tables.py", "src/shop/web/app.py"]


def test_django_imports_its_settings_apps_and_urls(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/wsgi.py": (
                "import os\nfrom django.core.wsgi import get_wsgi_application\n"
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()"
            ),
            "shop/settings.py": "from .base import *\nINSTALLED_APPS = ['django.contrib.admin', 'cart.apps.CartConfig', 'blog']",
            "shop/base.py": "ROOT_URLCONF = 'shop.urls'",
            "shop/urls.py": "from django.urls import include, path\nurlpatterns = [path('', include('blog.urls'))]",
            "cart/__init__.py": "",
            "cart/apps.py": "from django.apps import AppConfig\nclass CartConfig(AppConfig):\n    def ready(self):\n        import cart.signals",
            "cart/models.py": "",
            "cart/signals.py": "",
            "blog/__init__.py": "",
            "blog/admin.py": "",
            "blog/urls.py": "from . import views",
            "blog/views.py": "",
            "blog/tests.py": "import selenium",
        },
        DJANGO,
    )

    assert graph.settings == "shop.settings"
    assert {"shop/base.py", "cart/models.py", "cart/signals.py", "blog/admin.py", "blog/views.py"} <= set(
        graph.boot
    )
    assert "blog/tests.py" not in graph.boot


def test_a_server_that_a_script_starts_imports_the_app_it_names(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {"app.py": "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('api:app')", "api.py": ""},
        SCRIPT,
    )

    assert "api.py" in graph.boot


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, {"app.py": "import other", "other.py": "import app\nfrom app import app"})

    assert sorted(graph.boot) == ["app.py", "other.py"]


def test_a_large_project_is_skimmed_and_says_the_same(tmp_path: Path) -> None:
    padding = "# a comment that takes its space\n" * 8000
    files = {
        f"part{n}.py": f'"""Usage:\n\nimport nowhere_{n}\n"""\nimport part{n + 1}\n{padding}'
        for n in range(6)
    }
    project = {"app.py": "import part0", **files, "part6.py": padding + "import missing_one"}
    graph = graph_of(tmp_path, project)

    assert len(graph.boot) == 8
    assert any(here.module.is_skimmed for here in graph.boot.values())
    assert told(findings(tmp_path / "again", project)) == ["fail certain module part6.py:8001"]


def test_folders_that_the_code_adds_to_the_path(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "app.py": "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor'))\nimport parser_x",
            "vendor/parser_x/__init__.py": "",
        },
    )

    assert sorted(graph.boot) == ["app.py", "vendor/parser_x/__init__.py"]
