"""Whether the workers have room in the web dyno, by what TensorFlow was measured to need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checks.evidence import Evidence, Level
from checks.limits import CEDAR_SIZES, MB
from diag.cause import Confidence
from diag.collect.project.procfile.declared import MB_OF_A_WORKER, Declared, declared
from diag.collect.project.procfile.finding import LIKELY, POSSIBLE, exchange, in_command
from diag.collect.project.procfile.web import Setting, WebProcess
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of

# Anonymous memory in MB, summed over gunicorn's processes, TensorFlow 2.21 and a small Keras model loaded by
# each worker: 208, 396 and 587 for 1, 2 and 3 of them. With --preload and TensorFlow alone imported before
# the fork: 280 for 2, 326 for 3. Source: bench, topic workers.
MASTER_MB, WORKER_MB = 18, 190
PRELOADED_MB, PRELOADED_WORKER_MB = 188, 46
_TENSORFLOW = words_of("tensorflow tensorflow-cpu tensorflow-cpu-aws tf-nightly tf-nightly-cpu")
_TORCH = words_of("torch transformers sentence-transformers fastai ultralytics")
_ONE_BY_DEFAULT = ("hypercorn", "granian")  # they do not ask WEB_CONCURRENCY
_FORKING = ("gunicorn", "uvicorn", *_ONE_BY_DEFAULT)
_MODELS = tuple(words_of(".h5 .hdf5 .keras .pt .pth .bin .safetensors .onnx .pkl .joblib .gguf .pb"))
_LARGE = 100 * MB
_SNUG = 0.75  # of the quota: what is left must do for the model and its requests


class Workers(NamedTuple):
    """How many there are, where that is said, and whether it is the platform's default."""

    number: int
    where: str
    by_default: bool = False


def check_memory(
    tree: Tree, web: WebProcess, requirements: Requirements, generation: str = "cedar"
) -> list[Evidence]:
    """Workers that do not fit, and a model that alone does not."""
    if not web.server:
        return []
    app_json = declared(tree, generation)
    tensorflow = next((name for name in sorted(_TENSORFLOW) if name in requirements), "")
    torch = next((name for name in sorted(_TORCH) if name in requirements), "")
    found = [*_model(tree, app_json, tensorflow)]
    workers = _workers(web, app_json) if web.server in _FORKING else None
    if workers is None or workers.number < 2:
        return found
    if tensorflow:
        return [*_of_tensorflow(web, app_json, tensorflow, workers), *found]
    return [*_of_torch(app_json, torch, workers), *found] if torch else found


def _of_tensorflow(web: WebProcess, app_json: Declared, name: str, workers: Workers) -> Iterator[Evidence]:
    preload = web.setting("preload_app")
    is_shared = web.server == "gunicorn" and preload is not None and preload.value == "True"
    if web.is_unread("preload_app") and not is_shared:
        return
    each, master = (PRELOADED_WORKER_MB, PRELOADED_MB) if is_shared else (WORKER_MB, MASTER_MB)
    need = master + each * workers.number
    if need <= _SNUG * app_json.quota_mb:
        return
    fits = need <= app_json.quota_mb
    text = (
        f"{workers.number} workers with {name} need about {need} MB by measurement, before any model of "
        f"size, on {_size(app_json)}."
    )
    level = Level.FAIL if app_json.size and not fits else Level.WARN
    sure: Confidence = POSSIBLE if fits else LIKELY
    yield _too_many(app_json, level, sure, text, workers, name, need)


def _of_torch(app_json: Declared, name: str, workers: Workers) -> Iterator[Evidence]:
    """Of which nothing was measured: only more workers than the buildpack itself would take are told."""
    if workers.by_default or workers.number <= max(2, app_json.quota_mb // MB_OF_A_WORKER):
        return
    text = (
        f"{workers.number} workers load {name} each on {_size(app_json)}, for which the Python buildpack "
        f"takes {app_json.default_workers}."
    )
    yield _too_many(app_json, Level.WARN, POSSIBLE, text, workers, name, None)


def _too_many(  # noqa: PLR0913, PLR0917  each is a part of the evidence
    app_json: Declared,
    level: Level,
    sure: Confidence,
    text: str,
    workers: Workers,
    framework: str,
    need: int | None,
) -> Evidence:
    strain = f"need about {need} MB of" if need is not None else "are many for"
    size = next(
        (each for each in CEDAR_SIZES if each.mb > max(need or 0, app_json.quota_mb)), CEDAR_SIZES[-1]
    )
    in_python = workers.where.partition(":")[0].endswith(".py")
    is_option = not in_python and not workers.by_default and workers.where != "app.json"
    return in_command(
        "too-many-workers",
        level,
        sure,
        text,
        workers.where,
        workers=str(workers.number),
        framework=framework,
        strain=strain,
        quota_mb=float(app_json.quota_mb),
        by_default=f"the default of {workers.number}" if workers.by_default else None,
        explicit=f"--workers {workers.number}" if is_option else None,
        process_type="web",
        next_size=size.name,
        next_gb=f"{size.mb / 1024:g} GB",
        **(exchange(workers.where, f"workers = {workers.number}", "workers = 1") if in_python else {}),
    )


def _workers(web: WebProcess, app_json: Declared) -> Workers | None:
    """How many processes load the app; None where that can't be told."""
    given = web.setting("workers")
    if web.is_unread("workers"):
        return None
    if given is not None and given.number is not None:
        return Workers(given.number, given.where)
    if given is not None and "WEB_CONCURRENCY" not in given.value:
        return None
    if given is None and web.server in _ONE_BY_DEFAULT:
        return Workers(1, web.where)
    for env, where in ((web.env, web.where), (app_json.env, "app.json")):
        count = Setting(env.get("WEB_CONCURRENCY", ""), where).number
        if count is not None:
            return Workers(count, where)
    return Workers(app_json.default_workers, given.where if given else web.where, by_default=True)


def _size(app_json: Declared) -> str:
    if app_json.size is None:
        return f"a dyno of {app_json.quota_mb} MB, unless it is a larger one"
    return f"{app_json.size.name} ({app_json.size.mb:,} MB, app.json)"


def _model(tree: Tree, app_json: Declared, tensorflow: str) -> Iterator[Evidence]:
    """The largest model in the slug, held by one worker, against the whole dyno."""
    models = [(size, path) for path, size in tree.files.items() if size > _LARGE and path.endswith(_MODELS)]
    models = [(size, path) for size, path in models if tree.is_deployed(path)]
    size, path = max(models, default=(0, ""))
    need = size // MB + (MASTER_MB + WORKER_MB if tensorflow else 0)
    if not path or need <= app_json.quota_mb:
        return
    beside = " with TensorFlow beside it" if tensorflow else ""
    text = f"{path} is {size // MB:,} MB: loaded{beside} it needs more than {_size(app_json)} has."
    sure: Confidence = LIKELY if app_json.size else POSSIBLE
    yield in_command("over-quota", Level.WARN, sure, text, path, file=path)
