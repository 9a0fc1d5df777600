"""Pretrained models by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.sources.pretrained import find_pretrained
from diag.collect.project.sources.values import Values
from tests.sources import graph_of

HEAD = "import whisper\nfrom sentence_transformers import SentenceTransformer\n"
HEAD += "from transformers import AutoModel, AutoTokenizer, pipeline\n"


def of(folder: Path, code: str, quota_mb: int = 512, *, is_declared: bool = False) -> list[str]:
    graph = graph_of(folder, {"app.py": HEAD + code})
    found = find_pretrained(graph, Values(graph), quota_mb, is_declared=is_declared)
    return [f"{e.level.word} {e.values['sure']} {e.values['model']} {e.where}" for e in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("p = pipeline('summarization')", "warn likely distilbart-cnn-12-6 app.py:4"),
        ("NAME = 'gpt2'\nm = AutoModel.from_pretrained(NAME)", "warn likely gpt2 app.py:5"),
        (
            "m = SentenceTransformer('sentence-transformers/all-mpnet-base-v2')",
            "warn possible all-mpnet-base-v2 app.py:4",
        ),
        ("def get():\n    return whisper.load_model('small.en')", "warn likely whisper-small app.py:5"),
    ],
)
def test_weights_that_fill_a_dyno(tmp_path: Path, code: str, expected: str) -> None:
    assert of(tmp_path, code) == [expected]


def test_a_dyno_that_the_project_declares(tmp_path: Path) -> None:
    code = "p = pipeline('summarization', model='facebook/bart-large-cnn')"
    assert of(tmp_path, code, 1024, is_declared=True) == ["fail likely bart-large-cnn app.py:4"]
    assert of(tmp_path, code, 2560, is_declared=True) == []


@pytest.mark.parametrize(
    "code",
    [
        "t = AutoTokenizer.from_pretrained('facebook/bart-large-cnn')",
        "m = SentenceTransformer('all-MiniLM-L6-v2')",
        "m = AutoModel.from_pretrained('someone/her-own-model')",
        "import os\nm = AutoModel.from_pretrained(os.environ['MODEL'])",
    ],
)
def test_what_fits_or_is_not_known(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code) == []
