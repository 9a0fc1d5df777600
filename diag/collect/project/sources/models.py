"""How the code loads its model: from what, how often, and in which process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Call, Scan

KERAS_LOADERS = tuple(
    f"{module}.load_model"
    for module in (
        *("keras.models", "keras.saving", "tf_keras.models", "tensorflow.keras.models"),
        *("tensorflow.keras.saving", "tensorflow.python.keras.models"),
    )
)
_LOADERS = (
    *KERAS_LOADERS,
    *(
        "keras.models.model_from_json",
        "tensorflow.keras.models.model_from_json",
        "tensorflow.saved_model.load",
    ),
    *(
        "tensorflow.lite.Interpreter",
        "tensorflow_hub.load",
        "torch.load",
        "torch.hub.load",
        "transformers.pipeline",
    ),
    *(
        "onnxruntime.InferenceSession",
        "sentence_transformers.SentenceTransformer",
        "spacy.load",
        "xgboost.Booster",
    ),
    *(
        "ultralytics.YOLO",
        "whisper.load_model",
        "joblib.load",
        "pickle.load",
        "dill.load",
        "cloudpickle.load",
    ),
)
_ROUTES = frozenset(
    (
        *("route", "get", "post", "put", "patch", "delete", "websocket", "api_route", "callback"),
        *("before_request", "api_view", "endpoint", "view_config"),
    )
)
_OF_VIEWS = ("View", "MethodView", "Resource", "APIView", "RequestHandler", "HTTPEndpoint")
MOST_STEPS = 4  # calls from a handler to what loads the model
_KEPT = (
    "lru_cache",
    "cache",
    "cached",
    "cache_resource",
    "memoize",
    "singleton",
    "cached_property",
    "experimental_singleton",
)
_BYTES_IO = ("io.BytesIO", "BytesIO")
_TENSORFLOW = ("tensorflow.", "keras.", "tf_keras.")
# What starts TensorFlow's threads or makes tensors; importing it does neither.
_STARTS = re.compile(
    r"load_model|Sequential|Model$|model_from_json|load_weights|predict|constant|Variable|function$|saved_model\.load|hub\.load"
    r"|applications\.\w+\.\w+|list_physical_devices|Session$|get_default_graph|zeros|ones|convert_to_tensor|KerasLayer|from_pretrained"
)


def find_models(graph: Graph, web: WebProcess) -> Iterator[Evidence]:
    """BytesIO, TensorFlow before the fork, loading for each request."""
    yield from _bytes_io(graph)
    yield from _before_fork(graph, web)
    yield from _per_request(graph)


def _bytes_io(graph: Graph) -> Iterator[Evidence]:
    for here, call in graph.calls():
        if call.name in KERAS_LOADERS:
            given = call.argument(0, "filepath")
            if given is not None and _is_bytes_io(graph, given, here, call.place):
                runs = not call.place.is_main or graph.runs_main
                yield finding(
                    Fact.PROJECT_MODEL,
                    "bytes-io",
                    Level.FAIL if runs else Level.WARN,
                    SURE,
                    "gives load_model a BytesIO, and Keras takes a path",
                    f"{here.path}:{call.line}",
                    file=here.path,
                    line=call.line,
                )


def _is_bytes_io(graph: Graph, node: ast.expr, here: Scan, place: Place, depth: int = 0) -> bool:
    """Whether an expression is a BytesIO: made here, under a name, or returned by the project's function."""
    if depth > 4:
        return False
    if isinstance(node, ast.Call):
        if here.full(node.func) in _BYTES_IO:
            return True
        called = Call(node, here.full(node.func), place)
        return any(
            _is_bytes_io(
                graph, each.value, scan, Place(function=scan.functions[owner], owner=owner), depth + 1
            )
            for scan, owner in graph.functions_called(here, called)
            for each in ast.walk(scan.functions[owner])
            if isinstance(each, ast.Return) and each.value is not None
        )
    if not isinstance(node, ast.Name):
        return False
    for owner in (place.owner, ""):
        given = here.assigned.get(f"{owner}.{node.id}" if owner else node.id)
        if given:
            return all(_is_bytes_io(graph, value, here, its_place, depth + 1) for value, its_place in given)
    entered = (
        each for each in ast.walk(place.function or ast.Module([], [])) if isinstance(each, ast.withitem)
    )
    return any(
        isinstance(each.optional_vars, ast.Name)
        and each.optional_vars.id == node.id
        and isinstance(each.context_expr, ast.Call)
        and here.full(each.context_expr.func) in _BYTES_IO
        for each in entered
    )


def _before_fork(graph: Graph, web: WebProcess) -> Iterator[Evidence]:
    preload = web.settings.get("preload_app")
    if web.server != "gunicorn" or preload is None or preload.value.lower() != "true":
        return
    for here, call in graph.calls():
        if not graph.runs(call.place, here.path) or call.place.is_conditional:
            continue
        if call.name.startswith(_TENSORFLOW) and _STARTS.search(call.name):
            yield finding(
                Fact.PROJECT_MODEL,
                "fork",
                Level.FAIL,
                LIKELY,
                f"{call.name.rpartition('.')[2]} runs at import, and gunicorn preloads the app",
                f"{here.path}:{call.line}",
                file=here.path,
                line=call.line,
                preload=preload.where,
            )
            return


def _per_request(graph: Graph) -> Iterator[Evidence]:
    reached = _reached_by_requests(graph)
    for here in graph.all:
        for call in here.calls:
            handler = reached.get((here.path, call.place.owner), "")
            if call.name not in _LOADERS or not handler or call.place.is_conditional:
                continue
            if _is_kept(here, call) or (call.name == "pickle.load" and not _opens_model(call)):
                continue
            yield finding(
                Fact.PROJECT_MODEL,
                "per-request",
                Level.WARN,
                SURE if handler == call.place.owner else LIKELY,
                f"{call.name.rpartition('.')[2]} runs for each request, in {call.place.owner}",
                f"{here.path}:{call.line}",
                file=here.path,
                line=call.line,
                function=call.place.owner,
            )
            return


def _reached_by_requests(graph: Graph) -> dict[tuple[str, str], str]:
    """The functions that each request runs, as (path, owner), and the handler that leads there."""
    found: dict[tuple[str, str], str] = {}
    for here in graph.all:
        for owner, function in here.functions.items():
            if _is_handler(here, owner, function.decorator_list):
                found[here.path, owner] = owner
    waiting = [(path, owner, 0) for path, owner in found]
    while waiting:
        path, owner, depth = waiting.pop()
        here_ = graph.scan_of(path)
        for call in here_.calls if here_ is not None and depth < MOST_STEPS else ():
            if (
                call.place.owner != owner
                or call.place.is_conditional
                or here_ is None
                or _is_kept(here_, call)
            ):
                continue
            for scan, inner in graph.functions_called(here_, call):
                if (scan.path, inner) not in found:
                    found[scan.path, inner] = found[path, owner]
                    waiting.append((scan.path, inner, depth + 1))
    return found


def _is_handler(here: Scan, owner: str, decorators: list[ast.expr]) -> bool:
    for decorator in decorators:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(node, ast.Attribute) and node.attr in _ROUTES:
            return True
        if isinstance(node, ast.Name) and node.id in (
            "api_view",
            "csrf_exempt",
            "login_required",
            "require_POST",
        ):
            return True
    cls, _, method = owner.rpartition(".")
    if cls in here.classes and method in ("get", "post", "put", "patch", "delete", "dispatch"):
        return any(here.full(base).endswith(_OF_VIEWS) for base in here.classes[cls].bases)
    # Django's views.py: a function whose first argument is the request.
    function = here.functions[owner]
    return (
        here.path.endswith("views.py") and bool(function.args.args) and function.args.args[0].arg == "request"
    )


def _is_kept(here: Scan, call: Call) -> bool:
    """Whether what is loaded stays: a decorator that remembers, a global, an attribute of the app."""
    function = call.place.function
    if function is None:
        return False
    for decorator in function.decorator_list:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        if here.full(node).rpartition(".")[2] in _KEPT:
            return True
    kept = {name for each in ast.walk(function) if isinstance(each, ast.Global) for name in each.names}
    for each in ast.walk(function):
        if isinstance(each, ast.Assign) and any(n is call.node for n in ast.walk(each.value)):
            for target in each.targets:
                if isinstance(target, ast.Attribute | ast.Subscript):
                    return True
                if isinstance(target, ast.Name) and target.id in kept:
                    return True
    return False


def _opens_model(call: Call) -> bool:
    function = call.place.function
    text = ast.unparse(function) if function is not None else ""
    return bool(re.search(r"\.(?:pkl|pickle|sav|model|joblib)\b|model", text, re.IGNORECASE))
