"""A canary: an input whose answer is known, asked once of the warm model.

``MODEL_CANARY`` is JSON, or the path of a JSON file in the app's folder: what ``POST /predict`` takes and
what it answers, in one object, with an optional tolerance::

    {"features": [0.1, 0.2], "prediction": [[0.7]], "tolerance": 1e-3}

``instances`` go with ``predictions``. Of a model with several outputs those that are named are compared.
A number may differ from the expected one by the tolerance where that is below 1, and by the tolerance
times the expected one above. The default, 1e-3, is far above what another CPU or runtime changes in
float32, and far below what other weights do. Texts have to be equal. No value of the canary is ever shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.arrays import array, kind_of, read_json
from app.predict import batch
from app.runtimes.signature import BadInput, Model
from checks.evidence import Dyno, Evidence, Fault, Level, Value
from checks.facts import Fact

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIABLE = "MODEL_CANARY"
TOLERANCE = 1e-3
MOST_TOLERANCE = 1e9
MOST_BYTES = 1 << 20  # of the file; config vars hold 32 KB at most
_ANSWERS = {"features": "prediction", "instances": "predictions"}


@dataclass(frozen=True, slots=True)
class Canary:
    """What to ask, as ``POST /predict`` takes it, the answer as it gives it, and how far off is right."""

    question: Mapping[str, Any]
    expected: Any
    tolerance: float


def canary(dyno: Dyno) -> Canary | None:
    """The configured canary, if there is one. Raises Fault for what is none."""
    told = dyno.var(VARIABLE)
    if not told:
        return None
    raw = told.encode(errors="surrogateescape") if told.startswith("{") else _file(dyno, told)
    try:
        return _canary(read_json(raw))
    except BadInput as error:
        raise _no_canary(str(error).replace("the body", "it")) from None


def check(canary: Canary, model: Model) -> Evidence:
    """The canary's answer beside the expected one. Raises Fault for a canary that is not this model's."""
    try:
        asked = batch(canary.question, model.inputs)
        expected = _columns(canary.expected, model)
        answers = model.predict(asked.samples)
    except BadInput as error:
        raise _no_canary(f"it does not fit this model: {error}") from None
    is_one = asked.key == "prediction"
    found = [_compared(each, answers[name], is_one=is_one) for name, each in expected.items()]
    if complaint := next((each.complaint for each in found if each.complaint), ""):
        return _deviates(complaint, {})
    difference = max(each.difference for each in found)
    allowed = f"{canary.tolerance:.2g} is allowed"
    values: dict[str, Value] = {"difference": difference, "tolerance": canary.tolerance}
    if difference > canary.tolerance:
        return _deviates(f"differs from the expected one by {difference:.2g}; {allowed}", values)
    text = f"The canary's answer differs by {difference:.2g} at most; {allowed}."
    return Evidence(Fact.MODEL_CANARY, Level.OK, text, values=values)


def _file(dyno: Dyno, name: str) -> bytes:
    path = dyno.root / name
    try:
        if not path.is_file():  # nor a pipe, which would be waited for
            raise _no_canary("it is neither a JSON object nor the path of a file in the app's folder")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise _no_canary(f"the file can't be read ({reason or 'no path'})") from None
    if len(raw) > MOST_BYTES:
        raise _no_canary("the file is larger than 1 MB")
    return raw


def _canary(content: Any) -> Canary:
    """Raises BadInput."""
    if not isinstance(content, dict):
        raise BadInput(f"it is {kind_of(content)}, no object")
    asked = [key for key in _ANSWERS if key in content]
    if len(asked) != 1:
        raise BadInput('it needs either "features" or "instances"')
    key = asked[0]
    if _ANSWERS[key] not in content:
        raise BadInput(f'it has "{key}" and no "{_ANSWERS[key]}"')
    tolerance = content.get("tolerance", TOLERANCE)
    if type(tolerance) not in (int, float) or not 0 <= tolerance <= MOST_TOLERANCE:
        raise BadInput(f"its tolerance is no number from 0 to {MOST_TOLERANCE:g}")
    return Canary({key: content[key]}, content[_ANSWERS[key]], float(tolerance))


def _columns(expected: Any, model: Model) -> dict[str, NDArray[Any]]:
    """The expected answers by the outputs' names. Raises BadInput."""
    types = {each.name: each.dtype for each in model.outputs}
    if isinstance(expected, dict):
        columns = expected
    elif isinstance(expected, list) and expected and set(map(type, expected)) == {dict}:
        if len({frozenset(row) for row in expected}) > 1:
            raise BadInput("the rows of its predictions name different outputs")
        columns = {name: [row[name] for row in expected] for name in expected[0]}
    elif len(types) == 1:
        columns = {next(iter(types)): expected}
    else:
        raise BadInput(f"the model has {len(types)} outputs, and the expected answer does not name them")
    if not columns or not columns.keys() <= types.keys():
        raise BadInput("the expected answer names an output that the model does not have")
    return {name: _expected(value, types[name]) for name, value in columns.items()}


def _expected(value: Any, dtype: str) -> NDArray[Any]:
    """Whatever number it is, the answer may be one of another type: compared as float64."""
    kind = dtype if dtype in ("str", "bool") else "float64"
    found = array(value if isinstance(value, list) else [value], "its expected answer", kind)
    return found if isinstance(value, list) else found.reshape(())


@dataclass(frozen=True, slots=True)
class _Compared:
    difference: float = 0.0
    complaint: str = ""


def _compared(expected: NDArray[Any], answer: NDArray[Any], *, is_one: bool) -> _Compared:
    """The largest difference, as a part of the expected value where that is above 1."""
    import numpy as np

    if is_one and expected.shape == answer.shape[1:]:
        expected = expected[None]
    if expected.shape != answer.shape:
        return _Compared(complaint=f"has the shape {answer.shape}, not {expected.shape}")
    if answer.dtype.kind in "OSU":
        texts = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in answer.flat]
        return _Compared(complaint="" if texts == expected.ravel().tolist() else "is another text")
    given, wanted = answer.astype(np.float64), expected.astype(np.float64)
    if not np.isfinite(given).all():
        return _Compared(complaint="is not finite: NaN or infinity")
    scale = np.maximum(1.0, np.abs(wanted))
    return _Compared(float(np.abs(given / scale - wanted / scale).max(initial=0.0)))


def _deviates(what: str, values: dict[str, Value]) -> Evidence:
    fault: dict[str, Value] = {"fault": "canary"}
    return Evidence(Fact.MODEL_CANARY, Level.FAIL, f"The canary's answer {what}.", values=values | fault)


def _no_canary(why: str) -> Fault:
    values: dict[str, Value] = {"fault": "canary", "variable": VARIABLE}
    text = f"{VARIABLE} can't be used: {why}."
    return Fault(Evidence(Fact.CONFIG_VALUE, Level.FAIL, text, "config vars", values=values))
