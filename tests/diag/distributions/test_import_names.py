"""Modules and distributions: who brings what, and what to require for a module."""

from __future__ import annotations

import json

import pytest

from diag.distributions import import_names
from diag.distributions.import_names import (
    brings,
    closure,
    distribution_for,
    kilobytes,
    modules,
    needs,
    normal,
)

_PAIRS = """
    cv2=opencv-python-headless PIL=pillow sklearn=scikit-learn yaml=pyyaml bs4=beautifulsoup4
    dotenv=python-dotenv jwt=pyjwt dateutil=python-dateutil google.cloud.storage=google-cloud-storage
    psycopg2=psycopg2-binary MySQLdb=mysqlclient flask_cors=flask-cors rest_framework=djangorestframework
    corsheaders=django-cors-headers storages=django-storages whitenoise=whitenoise environ=django-environ
    decouple=python-decouple jose=python-jose markdown=markdown docx=python-docx fitz=pymupdf
    magic=python-magic serial=pyserial usb=pyusb Crypto=pycryptodome OpenSSL=pyopenssl attr=attrs
    dash_bootstrap_components=dash-bootstrap-components plotly=plotly keras=keras tf_keras=tf-keras
    streamlit_option_menu=streamlit-option-menu tensorflow_hub=tensorflow-hub transformers=transformers
    torchvision=torchvision skimage=scikit-image xgboost=xgboost lightgbm=lightgbm catboost=catboost
    joblib=joblib gridfs=pymongo bson=pymongo pymongo=pymongo flask_pymongo=flask-pymongo
    flask_mysqldb=flask-mysqldb apscheduler=apscheduler discord=discord-py telegram=python-telegram-bot
    telebot=pytelegrambotapi openai=openai langchain_openai=langchain-openai faiss=faiss-cpu
    pinecone=pinecone celery=celery redis=redis rq=rq gevent=gevent eventlet=eventlet
    socketio=python-socketio flask_socketio=flask-socketio slugify=python-slugify unidecode=unidecode
    phonenumbers=phonenumbers numpy=numpy pandas=pandas flask=flask googleapiclient=google-api-python-client
    google.oauth2=google-auth google.protobuf=protobuf mpl_toolkits=matplotlib
    opentelemetry.sdk=opentelemetry-sdk
    tflite_runtime=tflite-runtime pyrebase=pyrebase4 websocket=websocket-client
"""
PAIRS = [tuple(pair.split("=")) for pair in _PAIRS.split()]


@pytest.mark.parametrize(("module", "distribution"), PAIRS)
def test_what_to_require_for_a_module(module: str, distribution: str) -> None:
    assert normal(distribution_for(module)) == distribution
    brought = modules(distribution)
    assert brought is not None
    assert any(f"{each}.".startswith(f"{module}.") for each in brought)


@pytest.mark.parametrize("module", ["no_such_module", "google", "tests", "app", "models", ""])
def test_what_nobody_brings(module: str) -> None:
    assert distribution_for(module) == ""


def test_a_module_below_is_its_package() -> None:
    assert distribution_for("sklearn.svm") == distribution_for("sklearn")
    assert distribution_for("google.cloud.storage.blob") == "google-cloud-storage"


def test_what_a_distribution_brings_with_it() -> None:
    assert {"flask", "werkzeug", "jinja2", "markupsafe", "click"} <= brings("flask")
    assert "redis" not in brings("celery")
    assert "redis" in brings("celery", ("redis",))
    assert "uvloop" in brings("uvicorn", ("standard",))


def test_a_circle_of_needs_ends() -> None:
    known, unknown = closure(("flask", ()), ("no-such-name", ()), ("flask", ("no-such-extra",)))

    assert "werkzeug" in known
    assert unknown == {"no-such-name", "flask"}


def test_a_name_for_others_has_no_module() -> None:
    assert modules("bs4") == ()
    assert needs("bs4") == ("beautifulsoup4",)


def test_what_the_table_does_not_have() -> None:
    assert modules("no-such-name") is None
    assert needs("no-such-name") is None
    assert needs("flask", ("no-such-extra",)) is None
    assert kilobytes("no-such-name") is None


def test_sizes() -> None:
    assert (kilobytes("tensorflow") or 0) > 100_000
    assert (kilobytes("six") or 0) < 100


def test_the_table_is_whole_and_without_what_lies_beside() -> None:
    names = json.loads(import_names.TABLE.read_bytes())["names"]
    beside = {
        "tests",
        "test",
        "docs",
        "doc",
        "examples",
        "example",
        "scripts",
        "benchmarks",
        "setup",
        "conftest",
    }

    for name, entry in names.items():
        assert entry.count(";") == 2, name
        assert entry.rpartition(";")[2].isdigit(), name
        if not name.endswith("]"):
            assert beside.isdisjoint(each.partition(".")[0] for each in modules(name) or ()), name
    assert len(names) > 3_000


def test_all_of_the_table_of_releases_is_there_but_for_what_has_no_module() -> None:
    from diag.distributions import releases

    known = json.loads(releases.TABLE.read_bytes())["releases"]

    assert [name for name in known if modules(name) is None] == []
