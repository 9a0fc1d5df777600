"""The names that can be imported once a wheel is installed, from the names of its files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

# Packages that several distributions fill together: what they share is no name of one of them.
_SHARED = """
    google google.ai google.api google.cloud google.iam google.logging google.shopping azure azure.ai
    azure.cognitiveservices azure.keyvault azure.mgmt azure.storage zope backports jaraco ruamel repoze plone
    opentelemetry opentelemetry.exporter opentelemetry.exporter.otlp opentelemetry.exporter.otlp.proto
    opentelemetry.instrumentation opentelemetry.propagators opentelemetry.util paste mpl_toolkits llama_index
    llama_index.embeddings llama_index.llms llama_index.readers sphinxcontrib flaskext airflow.providers
    tencentcloud langgraph pyannote
"""
SHARED = frozenset(_SHARED.split())
# What a distribution ships by mistake, or beside what it is for.
_LYING_ABOUT = """
    test tests testing docs doc example examples benchmark benchmarks scripts script bin build dist src
    samples sample tools tool licenses license changelog readme conftest setup include lib share man etc
    demo demos tutorials tutorial notebooks assets data static templates ci util utils main app newsfragments
    profiling testapp fixture_packages scenarios doc_build temp tmp
"""
_BESIDE = frozenset(_LYING_ABOUT.split())
_MODULE = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.py|\.pyc|(?:\.[\w-]+)*\.(?:so|pyd))")
DEEPEST = 4
MOST = 40
# Of an sdist that is too large, or says nothing.
TOLD = {
    "dlib": "dlib _dlib_pybind11",
    "fpdf": "fpdf",
    "jieba": "jieba",
    "pycrypto": "Crypto",
    "pyspark": "pyspark",
    "mysql_connector": "mysql",
    "python_levenshtein": "Levenshtein",
    "static3": "static",
    "uwsgi": "uwsgidecorators",
    "webpy": "web",
    "wget": "wget",
}


def modules(files: Iterable[str], own: str = "") -> list[str]:
    """The modules and packages at the top, and those within packages that are shared, with dots.

    `own` is the distribution's own name as a module: never taken for something that lies beside.
    """
    tree: dict[str, set[str]] = {}
    packages: set[str] = set()
    for path in files:
        parts = list(PurePosixPath(path).parts)
        if parts and parts[0].endswith(".data"):
            if len(parts) < 3 or parts[1] not in {"purelib", "platlib"}:
                continue
            parts = parts[2:]
        if not parts or parts[0].endswith((".dist-info", ".egg-info", ".libs", ".pth")):
            continue
        match = _MODULE.fullmatch(parts[-1])
        if not match or not all(map(str.isidentifier, parts[:-1])):
            continue
        folder = ".".join(parts[:-1])
        if match["name"] == "__init__":
            packages.add(folder)
        else:
            tree.setdefault(folder, set()).add(f"{folder}.{match['name']}".lstrip("."))
        for depth in range(len(parts) - 1):
            tree.setdefault(".".join(parts[:depth]), set()).add(".".join(parts[: depth + 1]))
    return [name for name in named(_named("", tree, packages), own) if name not in SHARED]


def named(names: Iterable[str], own: str = "") -> list[str]:
    """The modules without what lies beside them."""
    found = {name for name in names if name == own or name.partition(".")[0].lower() not in _BESIDE}
    # An sdist that tells only this tells nothing.
    return sorted(found - {"google"})[:MOST]


def _named(folder: str, tree: dict[str, set[str]], packages: set[str]) -> Iterable[str]:
    for name in sorted(tree.get(folder, ())):
        is_package = name in tree or name in packages
        last = name.rpartition(".")[2]
        shared = name in SHARED or (is_package and name not in packages)
        if is_package and shared and name.count(".") < DEEPEST and name in tree:
            yield from _named(name, tree, packages) or (name,)
        elif not folder or is_package or not last.startswith("_"):
            yield name
