"""A small Flask app, as an adopter may have one; it also says which modules its worker holds."""

from __future__ import annotations

import sys

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> dict[str, str]:
    return {"hello": "world"}


@app.get("/modules")
def modules() -> dict[str, list[str]]:
    return {"modules": sorted(name for name in sys.modules if "." not in name)}
