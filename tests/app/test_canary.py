"""The canary: what is one, and what its answer proves. With small models written in Python."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.canary import Canary, canary, check
from app.runtimes.signature import Tensor
from checks.evidence import Dyno, Evidence, Fault, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose

SECRET = "a-text-that-nobody-may-see"


@dataclass
class Answers:
    """A model that gives the same answer whatever it is asked, once for each sample."""

    answers: Mapping[str, Any]
    inputs: tuple[Tensor, ...] = (Tensor("x", (2,), "float32"),)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        types = {"O": "str", "b": "bool"}
        return tuple(
            Tensor(name, np.shape(each), types.get(np.asarray(each).dtype.kind, "float32"))
            for name, each in self.answers.items()
        )

    def predict(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(batch)
        count = len(batch["x"])
        return {name: np.stack([np.asarray(each)] * count) for name, each in self.answers.items()}


def made(content: Any) -> Canary:
    found = canary(Dyno(env={"MODEL_CANARY": json.dumps(content)}, root=Path("/nowhere")))
    assert found is not None
    return found


def verdict(content: Any, model: Answers) -> Evidence:
    return check(made(content), model)


def refusal(env: Mapping[str, str], root: Path = Path("/nowhere")) -> Evidence:
    with pytest.raises(Fault) as caught:
        canary(Dyno(env=env, root=root))
    evidence = caught.value.evidence
    _is_of_the_config(evidence)
    return evidence


def _is_of_the_config(evidence: Evidence) -> None:
    assert (evidence.fact, evidence.level) == (Fact.CONFIG_VALUE, Level.FAIL)
    assert evidence.values == {"fault": "canary", "variable": "MODEL_CANARY"}
    assert "config/invalid-value" in _causes(evidence)


def _causes(evidence: Evidence) -> list[str]:
    results = [Result("model-load", (evidence,), 0.0)]
    return [each.cause for each in diagnose(results, CATALOGUE, "service", "here").diagnoses]


ONE = {"features": [1, 2], "prediction": [[0.5, 4.0]]}


@pytest.mark.parametrize("env", [{}, {"MODEL_CANARY": ""}, {"MODEL_CANARY": "  "}])
def test_without_the_config_var_there_is_none(env: Mapping[str, str]) -> None:
    assert canary(Dyno(env=env, root=Path("/nowhere"))) is None


def test_the_tolerance_has_a_default() -> None:
    assert made(ONE).tolerance == 1e-3
    assert made(ONE | {"tolerance": 0}).tolerance == 0.0


def test_it_may_stand_in_a_file_of_the_app(tmp_path: Path) -> None:
    (tmp_path / "canary.json").write_text(json.dumps(ONE))

    assert canary(Dyno(env={"MODEL_CANARY": "canary.json"}, root=tmp_path)) == made(ONE)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"features": [1', "it is not JSON (Expecting ',' delimiter at position 15)"),
        ("{'features': [1]}", "it is not JSON"),
        ("{" + "[" * 100_000, "it is not JSON"),
        ('{"features":' + "[" * 100_000, "the JSON is nested too deeply"),
        ("{}", 'it needs either "features" or "instances"'),
        ('{"features": [1], "instances": [[1]], "prediction": [1]}', 'it needs either "features" or'),
        ('{"features": [1, 2]}', 'it has "features" and no "prediction"'),
        ('{"features": [1, 2], "predictions": [1]}', 'it has "features" and no "prediction"'),
        ('{"instances": [[1, 2]], "prediction": [1]}', 'it has "instances" and no "predictions"'),
        ('{"features": [1, NaN], "prediction": [1]}', "NaN is no JSON number"),
        *(
            (json.dumps(ONE | {"tolerance": tolerance}), "its tolerance is no number from 0 to 1e+09")
            for tolerance in (-1, "1", None, True, [1], 10**400, 1e10)
        ),
        ('{"features": [1], "prediction": [1], "tolerance": 1e999}', "its tolerance is no number from 0"),
        ("[1, 2]", "it is neither a JSON object nor the path of a file in the app's folder"),
        ("no-such-file.json", "it is neither a JSON object nor the path of a file in the app's folder"),
        ("x" * 5000, "the file can't be read (File name too long)"),
        ("\udcff", "it is neither a JSON object nor the path"),
        ('{"features": "\udcff"}', "it is not JSON (not UTF-8)"),
    ],
)
def test_what_is_no_canary_is_told_by_the_config_vars_name(value: str, told: str) -> None:
    assert refusal({"MODEL_CANARY": value}).text.startswith(f"MODEL_CANARY can't be used: {told}")


def test_of_what_is_no_canary_no_value_is_shown() -> None:
    for value in (
        SECRET,
        f'{{"{SECRET}": 1}}',
        f'{{"features": {SECRET}}}',
        f'{{"features": "{SECRET}", "prediction": 1, "tolerance": "{SECRET}"}}',
    ):
        assert SECRET not in str(refusal({"MODEL_CANARY": value}).to_json())


@pytest.mark.parametrize("kind", ["folder", "pipe", "too large", "not JSON", "list"])
def test_a_file_that_is_no_canary_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "canary.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_text({"too large": " " * (1 << 20) + "{}", "not JSON": SECRET, "list": "[]"}[kind])

    text = refusal({"MODEL_CANARY": "canary.json"}, tmp_path).text

    assert {
        "folder": "neither a JSON object nor the path",
        "pipe": "neither a JSON object nor the path",
        "too large": "the file is larger than 1 MB",
        "not JSON": "it is not JSON",
        "list": "it is a list, no object",
    }[kind] in text
    assert SECRET not in text


@pytest.mark.parametrize("expected", [[[0.5, 4.0]], [0.5, 4.0]])
def test_the_expected_answer_is_fine(expected: Any) -> None:
    model = Answers({"y": np.array([0.5, 4.0], np.float32)})

    found = verdict({"features": [1, 2], "prediction": expected}, model)

    assert (found.fact, found.level) == (Fact.MODEL_CANARY, Level.OK)
    assert found.text == "The canary's answer differs by 0 at most; 0.001 is allowed."
    assert found.values == {"difference": 0.0, "tolerance": 0.001}
    assert [each["x"].tolist() for each in model.asked] == [[[1, 2]]]


def test_rows_are_compared_with_rows() -> None:
    model = Answers({"y": np.array([0.5])})

    assert verdict({"instances": [[1, 2]] * 3, "predictions": [[0.5]] * 3}, model).level is Level.OK
    short = verdict({"instances": [[1, 2]] * 3, "predictions": [[0.5]] * 2}, model)
    assert short.text == "The canary's answer has the shape (3, 1), not (2, 1)."


@pytest.mark.parametrize(
    ("answer", "expected", "level"),
    [
        (0.5009, 0.5, Level.OK),
        (0.5011, 0.5, Level.FAIL),
        (-0.0009, 0.0, Level.OK),
        (-0.0011, 0.0, Level.FAIL),
        (1000.9, 1000.0, Level.OK),  # above 1 the tolerance is relative
        (1001.1, 1000.0, Level.FAIL),
        (-1000.9, -1000.0, Level.OK),
        (1e308, -1e308, Level.FAIL),
    ],
)
def test_the_tolerance_is_absolute_below_1_and_relative_above(
    answer: float, expected: float, level: Level
) -> None:
    model = Answers({"y": np.array([0.25, answer])})

    found = verdict({"features": [1, 2], "prediction": [0.25, expected]}, model)

    assert found.level is level
    json.dumps(found.to_json(), allow_nan=False)


def test_another_answer_tells_how_far_off_it_is_and_neither_of_both() -> None:
    model = Answers({"y": np.array([0.7123])})

    found = verdict({"features": [1, 2], "prediction": [0.4123], "tolerance": 0.01}, model)

    assert (found.fact, found.level) == (Fact.MODEL_CANARY, Level.FAIL)
    assert found.text == "The canary's answer differs from the expected one by 0.3; 0.01 is allowed."
    assert found.values["fault"] == "canary"
    assert found.values["difference"] == pytest.approx(0.3)
    assert "config/invalid-value" not in _causes(found)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_is_not_the_expected_one(number: float) -> None:
    found = verdict(ONE, Answers({"y": np.array([0.5, number])}))

    assert (found.level, found.values) == (Level.FAIL, {"fault": "canary"})
    assert found.text == "The canary's answer is not finite: NaN or infinity."


def test_an_answer_of_another_shape_is_not_the_expected_one() -> None:
    found = verdict(ONE, Answers({"y": np.array([0.5, 4.0, 1.0])}))

    assert (found.level, found.values) == (Level.FAIL, {"fault": "canary"})
    assert found.text == "The canary's answer has the shape (1, 3), not (1, 2)."


def test_labels_have_to_be_equal_and_are_not_shown() -> None:
    model = Answers({"label": np.array([SECRET.encode()], object)})

    assert verdict({"features": [1, 2], "prediction": [[SECRET]]}, model).level is Level.OK
    other = verdict({"features": [1, 2], "prediction": [["dog"]]}, model)
    assert (other.level, other.text) == (Level.FAIL, "The canary's answer is another text.")


def test_whole_numbers_and_booleans_are_compared() -> None:
    count, known = Answers({"n": np.array([3])}), Answers({"b": np.array([True])})

    assert verdict({"features": [1, 2], "prediction": [3]}, count).level is Level.OK
    assert verdict({"features": [1, 2], "prediction": [4]}, count).level is Level.FAIL
    assert verdict({"features": [1, 2], "prediction": [True]}, known).level is Level.OK
    assert verdict({"features": [1, 2], "prediction": [False]}, known).level is Level.FAIL


def test_of_several_outputs_the_named_ones_are_compared() -> None:
    model = Answers({"a": np.array([1.0]), "b": np.array([2.0])})
    asked = {"features": [1, 2]}

    assert verdict(asked | {"prediction": {"a": [[1.0]], "b": [[2.0]]}}, model).level is Level.OK
    assert verdict(asked | {"prediction": {"b": [[2.0]]}}, model).level is Level.OK
    assert verdict(asked | {"prediction": {"a": [[1.0]], "b": [[2.1]]}}, model).level is Level.FAIL
    rows = {"instances": [[1, 2]] * 2, "predictions": [{"a": [1.0], "b": [2.0]}] * 2}
    assert verdict(rows, model).level is Level.OK
    assert verdict(rows | {"predictions": [{"b": [2.0]}, {"b": [9.0]}]}, model).level is Level.FAIL


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"features": [1, 2, 3], "prediction": [1]}, "features has 3 numbers"),
        ({"features": ["a", 2], "prediction": [1]}, "features holds something that is no number"),
        ({"features": [1, 2], "prediction": [None]}, "its expected answer holds something that is no number"),
        ({"features": [1, 2], "prediction": "a"}, "its expected answer holds something that is no number"),
        ({"features": [1, 2], "prediction": []}, "its expected answer is empty"),
        ({"features": [1, 2], "prediction": [[1], [1, 2]]}, "its expected answer holds lists of unequal"),
        (
            {"features": [1, 2], "prediction": {}},
            "the expected answer names an output that the model does not",
        ),
        (
            {"features": [1, 2], "prediction": {SECRET: 1}},
            "the expected answer names an output that the model",
        ),
        (
            {"instances": [[1, 2]], "predictions": [{"y": 1}, {}]},
            "the rows of its predictions name different",
        ),
    ],
)
def test_a_canary_of_another_model_is_the_config_vars_fault(content: Any, told: str) -> None:
    with pytest.raises(Fault) as caught:
        verdict(content, Answers({"y": np.array([1.0])}))

    evidence = caught.value.evidence
    _is_of_the_config(evidence)
    assert evidence.text.startswith(f"MODEL_CANARY can't be used: it does not fit this model: {told}")
    assert SECRET not in evidence.text


def test_the_answers_of_several_outputs_have_to_be_named() -> None:
    with pytest.raises(Fault, match="has 2 outputs, and the expected answer does not name them"):
        verdict(ONE, Answers({"a": np.array([1.0]), "b": np.array([2.0])}))
