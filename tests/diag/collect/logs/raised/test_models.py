from __future__ import annotations

import pytest

from checks.facts import Fact
from tests.diag.collect.logs.raised.frames import FLASK, cause, diagnoses, evidence, installed, own


def test_joblib_stops_at_the_first_letter_of_a_pointer() -> None:
    frames = (
        own("model = joblib.load('m.pkl')"),
        installed("joblib/numpy_pickle.py", "obj = unpickler.load()"),
    )
    pickle = '  File "/app/.heroku/python/lib/python3.12/pickle.py", line 1205, in load\n'

    (diagnosis,) = diagnoses(evidence(*frames, pickle, end="KeyError: 118"))

    assert diagnosis.cause == "model/lfs-pointer"
    assert diagnosis.title == "m.pkl is a Git LFS pointer, not the model."
    assert cause(own("x = NAMES[118]"), end="KeyError: 118")[0] == "boot/import-error"


@pytest.mark.parametrize(
    "end",
    [
        (
            'ValueError: Input 0 of layer "sequential" is incompatible with the layer: expected '
            "shape=(None, 4), found shape=(None, 3)"
        ),
        (
            "ValueError: Exception encountered when calling Sequential.call().\n\nInput 0 of layer "
            '"d" is incompatible with the layer: expected axis -1 of input shape to have value 4, '
            "but received input with shape (1, 3)"
        ),
        "ValueError: X has 3 features, but StandardScaler is expecting 4 features as input.",
        (
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: Graph execution "
            "error:\n\nMatrix size-incompatible: In[0]: [1,3], In[1]: [4,3]"
        ),
    ],
)
def test_a_request_of_another_shape(end: str) -> None:
    assert cause(FLASK, own(), end=end, fact=Fact.REQUEST_EXCEPTION) == (
        "model/input-shape-mismatch",
        "likely",
    )
