"""Where a script listens, and scripts that listen nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.starting import read_web
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import build
from diag.collect.project.sources.ports import find_ports
from diag.collect.project.sources.values import Values
from tests.projects import project
from tests.sources import GUNICORN, SCRIPT, findings, told

PORTS = ("hardcoded", "bound-to-localhost", "server-at-import", "no-server", "process-ends", "never-run")
FLASK = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def of_ports(folder: Path, files: dict[str, str], web: WebProcess = SCRIPT, gives: str = "") -> list[str]:
    known = (
        "flask",
        "dash",
        "gradio",
        "fastapi",
        "uvicorn",
        "waitress",
        "aiohttp",
        "tornado",
        "flask_socketio",
    )
    found = findings(
        folder, files, web, gives=(*known, "telebot", "discord", "celery", "dotenv", *gives.split())
    )
    return [line for line in told(found) if line.split()[2] in PORTS]


@pytest.mark.parametrize(
    "code",
    [
        "app.run(host='0.0.0.0', port=int(os.environ.get('PORT', 5000)))",
        "app.run('0.0.0.0', int(os.getenv('PORT') or 8000))",
        "port = int(os.environ['PORT'])\napp.run(host='0.0.0.0', port=port)",
        "HOST = '0.0.0.0'\nPORT = os.environ.get('PORT', 5000)\nif __name__ == '__main__':\n    app.run(HOST, PORT)",
        "def main(host='0.0.0.0', port=int(os.environ.get('PORT', 5000))):\n    app.run(host=host, port=port)\nmain()",
        "from config import Config\napp.run(host=Config.HOST, port=Config.PORT)",
        "import config\napp.run(host=config.HOST, port=config.PORT_NUMBER)",
        "from waitress import serve\nserve(app, listen='*:' + os.environ['PORT'])",
        "from waitress import serve\nserve(app, listen=f\"0.0.0.0:{os.environ['PORT']}\")",
        "from waitress import serve\nserve(app, host='0.0.0.0', port=os.environ.get('PORT', 8080))",
        "from waitress import serve\nserve(app, port=os.environ['PORT'])",
        "import uvicorn\nuvicorn.run('api:app', host='0.0.0.0', port=int(os.environ.get('PORT', 8000)))",
        "options = {'host': '0.0.0.0', 'port': os.environ['PORT']}\napp.run(**options)",
        "port = 5000\nif 'PORT' in os.environ:\n    port = int(os.environ['PORT'])\napp.run(host='0.0.0.0', port=port)",
        "def conf(name, default=None):\n    return os.environ.get(name, default)\napp.run(host='0.0.0.0', port=conf('PORT', 5000))",
        "app.run(host='0.0.0.0', port=int(os.environ.get('APP_PORT', os.environ.get('PORT', 5000))))",
        "app.run(host='0.0.0.0', port=int(os.environ['PORT']) if 'PORT' in os.environ else 5000)",
        "from decouple import config\napp.run(host='0.0.0.0', port=config('PORT', default=5000, cast=int))",
        "from environs import Env\nenv = Env()\napp.run(host='0.0.0.0', port=env.int('PORT', 5000))",
        "from http.server import HTTPServer, BaseHTTPRequestHandler as H\nHTTPServer(('', int(os.environ['PORT'])), H).serve_forever()",
        "import tornado.web, tornado.ioloop\nserver = tornado.web.Application([])\nserver.listen(os.environ['PORT'])\n",
        "from aiohttp import web\nweb.run_app(web.Application(), port=int(os.environ['PORT']))",
        "import socketserver\nwith socketserver.TCPServer(('0.0.0.0', int(os.environ['PORT'])), None) as httpd:\n    httpd.serve_forever()",
        (
            "import gradio as gr\ndemo = gr.Interface(fn=len, inputs='text', outputs='text')\n"
            "demo.launch(server_name='0.0.0.0', server_port=int(os.environ.get('PORT', 7860)))"
        ),
        "import subprocess\nsubprocess.run(['gunicorn', 'app:app'])",
    ],
)
def test_a_script_that_listens_where_the_router_calls(tmp_path: Path, code: str) -> None:
    config = "import os\nHOST = '0.0.0.0'\nPORT_NUMBER = os.environ.get('PORT', 1)\nclass Config:\n    HOST = HOST\n    PORT = int(os.getenv('PORT', '5000'))"

    assert (
        of_ports(
            tmp_path,
            {"app.py": FLASK + code, "config.py": config, "api.py": "app = None"},
            gives="decouple environs",
        )
        == []
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("app.run()", ["fail certain bound-to-localhost app.py:4", "fail certain hardcoded app.py:4"]),
        ("app.run(host='0.0.0.0')", ["fail certain hardcoded app.py:4"]),
        ("app.run('0.0.0.0', 8000)", ["fail certain hardcoded app.py:4"]),
        ("app.run(port=os.environ['PORT'])", ["fail certain bound-to-localhost app.py:4"]),
        (
            "app.run(host='localhost', port=os.environ.get('PORT'))",
            ["fail certain bound-to-localhost app.py:4"],
        ),
        (
            "P = 8080\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=P)",
            ["fail certain hardcoded app.py:6"],
        ),
        (
            "from settings import PORT\napp.run(host='0.0.0.0', port=PORT)",
            ["fail certain hardcoded app.py:5"],
        ),
        ("import uvicorn\nuvicorn.run(app, host='0.0.0.0', port=8000)", ["fail certain hardcoded app.py:5"]),
        (
            "from waitress import serve\nserve(app, host='0.0.0.0', port=8080)",
            ["fail certain hardcoded app.py:5"],
        ),
        (
            "app.run(host='0.0.0.0', port=int(os.environ.get('FLASK_PORT', 5000)))",
            ["fail likely hardcoded app.py:4"],
        ),
        (
            "from flask_socketio import SocketIO\nsio = SocketIO(app)\nsio.run(app, host='0.0.0.0', port=5000)",
            ["fail certain hardcoded app.py:6"],
        ),
        (
            (
                "from waitress import serve\ndef conf(n, d=None):\n    return os.environ.get(n, d)\n"
                "serve(app, listen=f\"{conf('APP_HOST', '0.0.0.0')}:{conf('APP_PORT', 5050)}\")"
            ),
            ["fail likely hardcoded app.py:7"],
        ),
        ("from aiohttp import web\nweb.run_app(web.Application())", ["fail certain hardcoded app.py:5"]),
        (
            "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\ndemo.launch()",
            ["fail likely bound-to-localhost app.py:7", "fail likely hardcoded app.py:7"],
        ),
        (
            "from dash import Dash\nboard = Dash(__name__)\nboard.run(host='0.0.0.0', port=8050)",
            ["fail certain hardcoded app.py:6"],
        ),
        (
            "from http.server import HTTPServer\nHTTPServer(('localhost', int(os.environ['PORT'])), None).serve_forever()",
            ["fail certain bound-to-localhost app.py:5"],
        ),
        (
            (
                "import argparse\np = argparse.ArgumentParser()\np.add_argument('--port', type=int, default=5000)\n"
                "args = p.parse_args()\napp.run(host='0.0.0.0', port=args.port)"
            ),
            ["fail certain hardcoded app.py:8"],
        ),
    ],
)
def test_a_script_that_listens_elsewhere(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert of_ports(tmp_path, {"app.py": FLASK + code, "settings.py": "PORT = 5000"}) == expected


def test_the_procfile_may_tell_the_script_its_port(tmp_path: Path) -> None:
    web = WebProcess("python app.py --port $PORT", server="python", script="app.py")
    code = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--port', default=5000)\napp.run(host='0.0.0.0', port=p.parse_args().port)"

    assert of_ports(tmp_path, {"app.py": FLASK + code}, web) == []


def test_under_gunicorn_the_scripts_own_server_does_not_run(tmp_path: Path) -> None:
    code = FLASK + "if __name__ == '__main__':\n    app.run(host='127.0.0.1', port=5000)"

    assert of_ports(tmp_path, {"app.py": code}, GUNICORN) == []


def test_a_server_that_starts_while_gunicorn_imports(tmp_path: Path) -> None:
    assert of_ports(tmp_path, {"app.py": FLASK + "app.run()"}, GUNICORN) == [
        "fail likely server-at-import app.py:4"
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "import telebot\nbot = telebot.TeleBot('x')\nbot.infinity_polling()",
            "fail likely no-server app.py:3",
        ),
        ("import discord\nclient = discord.Client()\nclient.run('x')", "fail likely no-server app.py:3"),
        ("import time\nwhile True:\n    time.sleep(60)", "fail likely no-server app.py:2"),
        (FLASK, "fail likely process-ends app.py"),
        (FLASK + "if __name__ == 'main':\n    app.run()", "fail likely process-ends app.py"),
        (FLASK + "def main():\n    app.run()", "fail possible never-run app.py"),
        ("print('done')", "warn possible process-ends app.py"),
    ],
)
def test_a_script_that_opens_no_port(tmp_path: Path, code: str, expected: str) -> None:
    assert of_ports(tmp_path, {"app.py": code}) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "import telebot\nfrom keep_alive import keep_alive\nkeep_alive()\ntelebot.TeleBot('x').infinity_polling()",
        "import os\nos.execvp('gunicorn', ['gunicorn', 'x:app'])",
        "from fastmcp import FastMCP\nmcp = FastMCP('x')\nif __name__ == '__main__':\n    mcp.run(transport='sse')",
        "import asyncio\nasyncio.run(asyncio.start_server(None, '0.0.0.0', 1))",
    ],
)
def test_a_script_that_may_open_one_in_a_way_of_its_own(tmp_path: Path, code: str) -> None:
    keep = "from flask import Flask\nfrom threading import Thread\nimport os\napp = Flask('')\ndef run():\n    app.run(host='0.0.0.0', port=os.environ['PORT'])\ndef keep_alive():\n    Thread(target=run).start()"

    assert of_ports(tmp_path, {"app.py": code, "keep_alive.py": keep}) == []


def test_a_package_that_is_run_as_a_module(tmp_path: Path) -> None:
    web = WebProcess("python -m shop", server="python", module="shop")
    files = {
        "shop/__init__.py": "",
        "shop/__main__.py": "import uvicorn\nfrom shop.settings import settings\n"
        "if __name__ == '__main__':\n    uvicorn.run('shop.api:app', host=settings.host, port=settings.port)",
        "shop/api.py": "app = None",
        "shop/settings.py": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
        "    model_config = {'env_prefix': 'SHOP_'}\n    host: str = '0.0.0.0'\n    port: int = 8080\nsettings = Settings()",
    }

    assert of_ports(tmp_path, files, web, "pydantic_settings") == ["fail likely hardcoded shop/__main__.py:4"]


def test_of_two_servers_the_one_that_listens_on_the_port_counts(tmp_path: Path) -> None:
    code = (
        "if os.environ.get('LOCAL'):\n    app.run(port=8080)\n"
        "elif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=int(os.environ['PORT']))"
    )

    assert of_ports(tmp_path, {"app.py": FLASK + code}) == []


def test_options_of_tornado(tmp_path: Path) -> None:
    code = (
        "from tornado.options import define, options\nfrom tornado.web import Application\n"
        "define('port', default=8888)\nasync def main():\n    app = Application([])\n    app.listen(options.port)\n"
        "import asyncio\nasyncio.run(main())"
    )

    assert of_ports(tmp_path, {"app.py": code}) == ["fail certain hardcoded app.py:6"]


def test_gunicorns_own_configuration_takes_constants_of_the_project(tmp_path: Path) -> None:
    web = WebProcess(
        "gunicorn app:app",
        server="gunicorn",
        module="app",
        attribute="app",
        unread=frozenset(("bind",)),
        config="gunicorn.conf.py",
    )
    conf = "from settings import HOST, PORT\nbind = f'{HOST}:{PORT}'"
    local = "import os\nHOST = '127.0.0.1'\nPORT = os.environ['PORT']"
    files = {"app.py": "app = 1", "gunicorn.conf.py": conf, "settings.py": local}

    assert of_ports(tmp_path, files, web) == ["fail likely bound-to-localhost gunicorn.conf.py:2"]
    files["settings.py"] = local.replace("127.0.0.1", "0.0.0.0")
    assert of_ports(tmp_path, files, web) == []


SETTINGS = "import os\nHOST = os.environ.get('SHOP_HOST', '127.0.0.1')\nPORT = os.environ.get('PORT', '8000')\nNUMBER = 8900\n"


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("f'{settings.HOST}:{settings.PORT}'", ["fail likely bound-to-localhost conf/web.py:2"]),
        ("f'0.0.0.0:{settings.NUMBER}'", ["fail likely hardcoded conf/web.py:2"]),
        ("f'0.0.0.0:{settings.PORT}'", []),
    ],
)
def test_gunicorns_settings_made_of_those_of_the_app(tmp_path: Path, bind: str, expected: list[str]) -> None:
    files = {
        "Procfile": "web: gunicorn -c conf/web.py app:app\n",
        "app.py": "from flask import Flask\napp = Flask('')\n",
        "settings.py": SETTINGS,
        "conf/web.py": f"import settings\nbind = {bind}\n",
    }
    tree = project(tmp_path, files)
    web, _ = read_web(tree, read_procfile(tree)[0])
    assert web is not None
    graph = build(tree, web, (3, 13))
    assert told(find_ports(graph, web, Values(graph))) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("os.environ.get('DEV') == '1'", ["fail possible never-run app.py"]),
        ("settings.DEV", ["fail possible never-run app.py"]),
        ("os.environ.get('SERVE', 'yes') == 'yes'", []),
        ("settings.UNKNOWN", []),
    ],
)
def test_a_server_behind_a_condition(tmp_path: Path, condition: str, expected: list[str]) -> None:
    code = f"import os, settings\nfrom aiohttp import web\nif {condition}:\n"
    code += "    web.run_app(web.Application(), port=int(os.environ['PORT']))\n"
    files = {"app.py": code, "settings.py": "import os\nDEV = os.environ.get('DEV', '') == '1'\n"}
    assert of_ports(tmp_path, files) == expected
