"""Work that comes before the port is bound: waits, downloads, training."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.limits import BOOT_SECONDS
from diag.cause import Confidence
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.values import Values
from diag.collect.project.words import words_of

_LONG_PAUSE = 5  # seconds of a pause in a loop that soon come to those
_HUB_LOADERS = words_of(
    """
    transformers.pipeline sentence_transformers.SentenceTransformer torch.hub.load tensorflow_hub.load
    whisper.load_model
    """
)
_DOWNLOADS = words_of(
    """
    spacy.cli.download gdown.download urllib.request.urlretrieve wget.download
    huggingface_hub.hf_hub_download huggingface_hub.snapshot_download
    """
)
_SLEEPS = ("time.sleep", "asyncio.sleep", "anyio.sleep")
_DOWNLOAD_METHODS = (".download_file", ".download_fileobj", ".download_to_filename")
_SCRIPT_BEFORE = re.compile(r"\bpython3?\s+(?P<script>[\w./-]{1,200}\.py)\b[^&|;]{0,200}(?:&&|;)")


def find_slow_start(graph: Graph, web: WebProcess, values: Values) -> Iterator[Evidence]:
    """A wait before the port is bound: gunicorn binds first unless it preloads, a script binds last."""
    yield from _trains_first(graph, web)
    preload = web.settings.get("preload_app")
    binds_last = graph.runs_main or (preload is not None and preload.value.lower() == "true")
    if not binds_last and web.server != "uvicorn":  # which imports the app and runs its lifespan first
        return
    for here, call in graph.calls():
        if graph.runs(call.place, here.path) and not call.place.is_conditional:
            found = _of_call(here, call, values)
            if found is not None:
                yield found
                return


def _of_call(here: Scan, call: Call, values: Values) -> Evidence | None:
    if call.name in _SLEEPS:
        return _sleep(here, call, values)
    text = ""
    if call.name in _HUB_LOADERS or call.name.endswith(".from_pretrained"):
        text = "downloads and loads a model before the port is bound"
    elif call.name in _DOWNLOADS or call.name.endswith(_DOWNLOAD_METHODS):
        text = "downloads before the port is bound"
    elif call.name.rpartition(".")[2] == "fit" and call.node.args:
        text = "trains a model before the port is bound"
    return _slow(here, call, text, POSSIBLE, Level.WARN) if text else None


def _sleep(here: Scan, call: Call, values: Values) -> Evidence | None:
    seconds = values.of(call.argument(0), here, call.place).value
    if not isinstance(seconds, int | float):
        return None
    if seconds >= BOOT_SECONDS and not call.place.in_loop:
        return _slow(here, call, f"sleeps {seconds:g} s before the port is bound", LIKELY, Level.FAIL)
    if seconds >= _LONG_PAUSE and _is_repeated(here, call):
        text = f"sleeps {seconds:g} s again and again before the port is bound"
        return _slow(here, call, text, POSSIBLE, Level.WARN)
    return None


def _is_repeated(here: Scan, call: Call) -> bool:
    """Whether it stands in a loop that comes to an end: ``while True: time.sleep(60)`` keeps a process."""
    loops = (node for node in ast.walk(here.module.tree) if isinstance(node, ast.For))
    return any(inner is call.node for loop in loops for inner in ast.walk(loop))


def _trains_first(graph: Graph, web: WebProcess) -> Iterator[Evidence]:
    """``python train.py && gunicorn app:app``: the port is bound when the script is done."""
    for match in _SCRIPT_BEFORE.finditer(web.command):
        path = f"{web.folder}/{match['script']}".lstrip("/").replace("./", "", 1)
        here = graph.scan_of(path) if graph.tree.is_deployed(path) else None
        for call in here.calls if here is not None else ():
            if here is not None and call.name.rpartition(".")[2] == "fit" and call.node.args:
                text = f"{path} trains a model, and the web server starts only after it"
                yield _slow(here, call, text, LIKELY, Level.WARN)
                return


def _slow(here: Scan, call: Call, text: str, sure: Confidence, level: Level) -> Evidence:
    return finding(
        Fact.PROJECT_SOURCE,
        "slow-start",
        level,
        sure,
        text,
        f"{here.path}:{call.line}",
        file=here.path,
        line=call.line,
        step=text,
    )
