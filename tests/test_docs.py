"""What the documents say is what the code does."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from checks.evidence import Dyno
from checks.model_source import Factory, model_recipe
from tests.servers import ROOT

MODELS = (ROOT / "docs" / "models.md").read_text()
EXAMPLES = {
    "MODEL_URL_V1": "https://models.example/1.keras",
    "MODEL_ARCHITECTURE_URL": "app.sample:create_model",
    "S3_BUCKET_NAME": "bucket",
}


def table(under: str) -> list[list[str]]:
    """The rows of the first table below that line, without its head."""
    lines = MODELS[MODELS.index(under) :].splitlines()
    rows = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in _while_table(rows)]
    return cells[2:]


def _while_table(rows: itertools.dropwhile[str]) -> list[str]:
    return list(itertools.takewhile(lambda line: line.startswith("|"), rows))


def names(cell: str) -> list[str]:
    return re.findall(r"`([A-Z0-9_]+)`", cell)


def told_by(env: dict[str, str]) -> str:
    recipe = model_recipe(Dyno(env=env, root=ROOT))
    assert recipe is not None
    return recipe.main.told_by


WAYS = [names(row[0]) for row in table("Other names do the same")]


def env_of(way: list[str]) -> dict[str, str]:
    return {name: EXAMPLES.get(name, "models/model.keras") for name in way if name != "APP_VERSION"}


def test_every_way_of_the_table_names_a_model() -> None:
    assert len(WAYS) == 7
    for way in WAYS:
        assert told_by(env_of(way)) in way


def test_the_table_has_the_order_in_which_they_are_used() -> None:
    for first, second in itertools.combinations(WAYS, 2):
        assert told_by(env_of(second) | env_of(first)) in first


@pytest.mark.parametrize(
    ("uri", "kind"), [(row[0].strip("`"), row[1]) for row in table("One config var says it all")]
)
def test_every_form_of_the_uri_is_one(uri: str, kind: str) -> None:
    recipe = model_recipe(Dyno(env={"MODEL_URI": uri}, root=ROOT))

    assert recipe is not None
    assert not isinstance(recipe.main, Factory)
    expected = {"S3": "S3Object", "web": "HttpUrl", "slug": "LocalFile", "base64": "ConfigVar"}
    assert type(recipe.main).__name__ == next(name for word, name in expected.items() if word in kind)


def test_every_requirements_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(requirements[\w-]*\.txt)`", MODELS))

    assert named == {path.name for path in ROOT.glob("requirements*.txt")} - {"requirements-dev.txt"}


def test_the_canary_of_the_example_is_json() -> None:
    found = re.search(r"MODEL_CANARY='(.*)'", MODELS)

    assert found is not None
    assert json.loads(found[1]).keys() == {"features", "prediction", "tolerance"}


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_file_that_a_document_points_to_is_there(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        assert "://" in link or (document.parent / link).exists(), link
