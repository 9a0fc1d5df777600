"""Files that the web process opens at boot and that the dyno will not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.buildpacks import may_make_files
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.value import InProject
from diag.collect.project.sources.values import Values
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of

# Functions that read the file their first argument names.
_READERS = words_of(
    """
    open io.open codecs.open gzip.open joblib.load sklearn.externals.joblib.load pandas.read_csv
    pandas.read_excel pandas.read_json pandas.read_pickle pandas.read_parquet pandas.read_feather
    pandas.read_table polars.read_csv polars.read_parquet geopandas.read_file numpy.load numpy.loadtxt
    numpy.genfromtxt torch.load torch.jit.load cv2.imread PIL.Image.open keras.models.load_model
    keras.saving.load_model tensorflow.keras.models.load_model tensorflow.saved_model.load
    tensorflow.lite.Interpreter onnxruntime.InferenceSession cv2.CascadeClassifier xgboost.Booster
    ultralytics.YOLO fasttext.load_model fastapi.staticfiles.StaticFiles starlette.staticfiles.StaticFiles
    google.oauth2.service_account.Credentials.from_service_account_file
    google.cloud.storage.Client.from_service_account_json
    oauth2client.service_account.ServiceAccountCredentials.from_json_keyfile_name
    firebase_admin.credentials.Certificate gspread.service_account logging.config.fileConfig
    """
)
_NOT_FOUND = frozenset(("FileNotFoundError", "OSError", "IOError"))
_OF_MODEL = re.compile(r"model|weight|\.(?:h5|keras|onnx|tflite|pkl|joblib|pt|pth)$", re.IGNORECASE)
_OPENERS = frozenset(("open", "io.open", "codecs.open", "gzip.open"))
_OF_PATHS = frozenset(("read_text", "read_bytes", "open"))  # methods of a pathlib.Path
_WRITERS = re.compile(
    r"(?:urlretrieve|download_file|download_fileobj|download|save|to_csv|to_pickle|dump|savetxt|write_text|write_bytes|copy|"
    r"copyfile|move|extractall|wget\.download|gdown\.\w+|hf_hub_download|snapshot_download|mkdir|makedirs|get_file)"
)
_ELSEWHERE = re.compile(r"^(?:[A-Za-z]:[\\/]|/(?:home|Users|root|mnt|content|kaggle|media|opt/\w+)/)")
_NOT_A_FILE = re.compile(r"^(?:https?:|s3:|gs:|ftp:|/dev/|/proc/|/sys/|/tmp/|/etc/|/usr/|/app/|-$)")
_MODEL = tuple(
    words_of(
        """
    .h5 .hdf5 .keras .pkl .pickle .joblib .sav .onnx .tflite .pt .pth .pb .bin .model
    """
    )
)
_PATH_ARGUMENTS = tuple(
    words_of(
        """
    file filepath filepath_or_buffer path_or_bytes model_path fname filename directory f cert
    """
    )
)


@dataclass(frozen=True, slots=True)
class _Opened:
    here: Scan
    call: Call
    path: str  # from the root
    written: str  # as the code names it
    is_default: bool  # a config var may name another


def find_missing_files(graph: Graph, web: WebProcess, values: Values) -> Iterator[Evidence]:
    """One finding for each file, the surest first."""
    told: set[str] = set()
    for opened in _opened(graph, web, values):
        if opened.path in told:
            continue
        told.add(opened.path)
        if (evidence := _judged(graph, opened)) is not None:
            yield evidence


def _opened(graph: Graph, web: WebProcess, values: Values) -> Iterator[_Opened]:
    for here, call in graph.calls():
        node = _path_in(call)
        if node is None or not _NOT_FOUND.isdisjoint(call.place.caught):
            continue
        value = values.of(node, here, call.place)
        if not value.known or not isinstance(value.value, str) or "$" in value.value or not value.value:
            continue
        if not _reads(call, values, here):
            continue
        written = value.value
        if _NOT_A_FILE.match(written) or "*" in written or "\n" in written or len(written) > 300:
            continue
        if call.place.caught and not _OF_MODEL.search(written):
            continue  # what is optional is tried like this
        inside = isinstance(written, InProject)
        path = written if inside or not web.folder else f"{web.folder}/{written}"
        yield _Opened(here, call, path.removeprefix("./"), str(written), bool(value.env))


def _path_in(call: Call) -> ast.expr | None:
    """What a call names of the file it reads: its argument, or the path whose method it is."""
    if call.name in _READERS:
        return call.argument(0, *_PATH_ARGUMENTS)
    function = call.node.func
    return function.value if isinstance(function, ast.Attribute) and function.attr in _OF_PATHS else None


def _reads(call: Call, values: Values, here: Scan) -> bool:
    if call.name in _OPENERS or (isinstance(call.node.func, ast.Attribute) and call.node.func.attr == "open"):
        given = call.argument(0 if call.name not in _OPENERS else 1, "mode")
        mode = values.of(given, here, call.place).value
        return given is None or (isinstance(mode, str) and mode.startswith("r") and "+" not in mode)
    return True


def _judged(graph: Graph, opened: _Opened) -> Evidence | None:
    path = opened.path.rstrip("/")
    if graph.tree.is_deployed(path) or graph.tree.is_folder(path):
        return None
    here, call = opened.here, opened.call
    runs = graph.runs(call.place, here.path)
    is_sure = not call.place.is_conditional and not call.place.caught and not opened.is_default
    at_boot = runs and is_sure
    why = _why(graph, opened, path)
    if why is None:
        return None
    values: dict[str, Value] = {"path": opened.written, "file": here.path, "line": call.line, **why.values}
    if why.is_nowhere:
        values["missing"] = opened.written
    if path.endswith(_MODEL):
        values["name"] = path.rpartition("/")[2]
    is_guess = not why.values and why.sure is LIKELY and not runs
    # What a build makes is in no repository: a front end's bundle, a hook's output.
    at_boot = at_boot and ((why.sure is SURE and "found" in why.values) or not may_make_files(graph.tree))
    return finding(
        Fact.PROJECT_SOURCE,
        "file-missing",
        Level.FAIL if at_boot else Level.INFO if is_guess else Level.WARN,
        why.sure if at_boot else POSSIBLE if is_guess else LIKELY,
        f"opens {opened.written!r}{why.text}",
        f"{here.path}:{call.line}",
        **values,
    )


@dataclass(frozen=True, slots=True)
class _Why:
    text: str
    sure: Confidence
    is_nowhere: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)


def _why(  # noqa: PLR0911  one answer a reason
    graph: Graph, opened: _Opened, path: str
) -> _Why | None:
    """Why the dyno will not have the file, the surest first; None when it may have it."""
    tree = graph.tree
    slashes = path.replace("\\", "/")
    if slashes != path and tree.is_deployed(slashes):
        return _Why(
            f": with backslashes that is one name on Linux, and not {slashes}",
            SURE,
            values={"found": slashes},
        )
    if _ELSEWHERE.match(opened.written):
        return _Why(", a path of one computer", LIKELY, values={"own_path": opened.written})
    if opened.written.startswith("/"):
        return None
    if alike := _alike(tree, path):
        return _Why(
            f", and the file is named {alike}: capitals count on Linux", SURE, values={"found": alike}
        )
    if _is_written(graph, path, opened.call):
        return None
    if tree.exists_here(path) or (tree.root / path).is_dir():
        by = ".slugignore" if tree.slugignore.match(path) else ".gitignore"
        return _Why(f", which is not pushed: {by} leaves it out", SURE, values={"not_in_slug": path})
    elsewhere = [each for each in tree.files if each.endswith(f"/{path}") or each.rpartition("/")[2] == path]
    if elsewhere:
        nearest = min(elsewhere, key=len)
        return _Why(f", and there is only {nearest}", LIKELY, values={"found": nearest})
    return _Why(", and the project has no such file", LIKELY, is_nowhere=True)


def _alike(tree: Tree, path: str) -> str:
    lower = path.lower()
    return next((each for each in tree.files if each != path and each.lower() == lower), "")


def _is_written(graph: Graph, path: str, reading: Call) -> bool:
    """Whether code of the web process may make the file first: a call that writes or fetches names it."""
    name = path.rpartition("/")[2]
    for here in graph.all:
        if name not in here.module.text:
            continue
        for call in here.calls:
            last = call.name.rpartition(".")[2]
            if call.node is reading.node:
                continue
            writes = last == "open" and any(
                getattr(a, "value", None) in ("w", "wb", "a", "ab", "x", "xb", "w+", "wb+")
                for a in (*call.node.args[1:2], *(k.value for k in call.node.keywords if k.arg == "mode"))
            )
            if writes or _WRITERS.fullmatch(last) or _WRITERS.fullmatch(call.name):
                return True
        if (
            "os.path.exists" in here.module.text
            or ".exists()" in here.module.text
            or "isfile(" in here.module.text
        ):
            return True
    return False
