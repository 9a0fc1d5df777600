"""Where the model comes from, by the config vars."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Dyno, Fault, Level
from checks.facts import Fact
from checks.model_source import (
    ConfigVar,
    Factory,
    Form,
    HttpUrl,
    LocalFile,
    Recipe,
    S3Object,
    Source,
    model_recipe,
)

ROOT = Path("/app")


def recipe_of(**env: str) -> Recipe | None:
    return model_recipe(Dyno(env=env, root=ROOT))


def source_of(**env: str) -> Source | Factory | None:
    """Of a model that is one file."""
    recipe = recipe_of(**env)
    assert recipe is None or (recipe.form, recipe.weights) == (Form.WHOLE, None)
    return recipe.main if recipe else None


@pytest.mark.parametrize(
    "env", [{}, {"MODEL_URI": ""}, {"MODEL_URI": "  "}, {"S3_MODEL_KEY": "only/the/key"}]
)
def test_without_a_source_there_is_none(env: dict[str, str]) -> None:
    assert source_of(**env) is None


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://bucket/key", "bucket", "key"),
        ("s3://my.bucket-1/a/b/model v2.keras", "my.bucket-1", "a/b/model v2.keras"),
        ("S3://bucket/key", "bucket", "key"),
        ("  s3://bucket/key\n", "bucket", "key"),
        ("s3://bucket//key", "bucket", "/key"),
    ],
)
def test_an_s3_uri_names_bucket_and_key(uri: str, bucket: str, key: str) -> None:
    source = source_of(MODEL_URI=uri)

    assert source == S3Object(bucket, key, "MODEL_URI")
    assert str(source) == f"s3://{bucket}/{key}"


def test_the_two_variables_of_old_name_bucket_and_key() -> None:
    source = source_of(S3_BUCKET_NAME="bucket", S3_MODEL_KEY="a/model.h5")

    assert source == S3Object("bucket", "a/model.h5", "S3_BUCKET_NAME")


def test_a_bucket_alone_means_the_default_key_and_remembers_that_nobody_said_so() -> None:
    source = source_of(S3_BUCKET_NAME="bucket")

    assert isinstance(source, S3Object)
    assert source.key == "my_model.h5"
    assert source.key_is_default


def test_the_uri_wins_over_the_two_variables() -> None:
    source = source_of(MODEL_URI="s3://new/key", S3_BUCKET_NAME="old")

    assert str(source) == "s3://new/key"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("models/sample.keras", ROOT / "models/sample.keras"),
        ("/var/models/m.h5", Path("/var/models/m.h5")),
        ("file:///var/models/m.h5", Path("/var/models/m.h5")),
        ("file:///var/my%20models/m.h5", Path("/var/my models/m.h5")),
    ],
)
def test_a_path_is_a_file_below_the_root_unless_it_is_absolute(uri: str, path: Path) -> None:
    assert source_of(MODEL_URI=uri) == LocalFile(path, "MODEL_URI")


@pytest.mark.parametrize(
    "uri", ["s3://", "s3://bucket", "s3://bucket/", "s3:///key", "gopher://h/x", "http://[::1"]
)
def test_a_uri_that_can_not_be_used_is_a_fault_that_does_not_quote_it(uri: str) -> None:
    with pytest.raises(Fault) as raised:
        source_of(MODEL_URI=uri)

    evidence = raised.value.evidence
    assert evidence.fact is Fact.MODEL_SOURCE
    assert evidence.level is Level.FAIL
    assert evidence.values == {"fault": "malformed", "variable": "MODEL_URI"}


def test_a_secret_in_an_unusable_uri_is_not_shown() -> None:
    with pytest.raises(Fault) as raised:
        source_of(MODEL_URI="ftp://user:hunter2hunter2@host/model.h5")

    assert "hunter2hunter2" not in str(raised.value.evidence.to_json())


def test_a_web_address_and_a_config_var_are_sources() -> None:
    assert source_of(MODEL_URI="https://h.example/m.h5?x=1") == HttpUrl(
        "https://h.example/m.h5?x=1", "MODEL_URI"
    )
    assert source_of(MODEL_URI="env:MY_MODEL") == ConfigVar("MY_MODEL", "MODEL_URI")
    assert source_of(MODEL_URL="s3://bucket/key") == S3Object("bucket", "key", "MODEL_URL")
    assert source_of(MODEL_BASE64="AAAA") == ConfigVar("MODEL_BASE64", "MODEL_BASE64")


@pytest.mark.parametrize(
    "uri", ["https://", "https:///m.h5", "http://h:port/m", "env:", "env:A-B", "env:A B"]
)
def test_a_half_address_is_a_fault(uri: str) -> None:
    with pytest.raises(Fault) as raised:
        source_of(MODEL_URL=uri)

    assert raised.value.evidence.values == {"fault": "malformed", "variable": "MODEL_URL"}


def test_an_address_shows_neither_password_nor_query() -> None:
    source = source_of(MODEL_URL="https://user:hunter2@h.example:8443/a/m.h5?X-Amz-Signature=hunter2#hunter2")

    assert str(source) == "https://h.example:8443/a/m.h5"


@pytest.mark.parametrize(
    ("architecture", "main"),
    [
        ("app.sample:create_model", Factory("app.sample", "create_model", "MODEL_ARCHITECTURE_URL")),
        ("https://h.example/a.json", HttpUrl("https://h.example/a.json", "MODEL_ARCHITECTURE_URL")),
        ("models/a.json", LocalFile(ROOT / "models/a.json", "MODEL_ARCHITECTURE_URL")),
        ("env:ARCHITECTURE", ConfigVar("ARCHITECTURE", "MODEL_ARCHITECTURE_URL")),
    ],
)
def test_architecture_and_weights_come_from_two_places(architecture: str, main: Source | Factory) -> None:
    recipe = recipe_of(MODEL_ARCHITECTURE_URL=architecture, MODEL_WEIGHTS_URL="s3://bucket/w.h5")

    assert recipe == Recipe(Form.ARCHITECTURE, main, S3Object("bucket", "w.h5", "MODEL_WEIGHTS_URL"))
    assert isinstance(main, Factory) is (len(list(recipe.sources)) == 1)


def test_an_onnx_graph_may_have_its_weights_beside_it() -> None:
    graph = LocalFile(ROOT / "model.onnx", "ONNX_MODEL_PATH")
    weights = LocalFile(ROOT / "weights.bin", "ONNX_WEIGHTS_PATH")

    assert recipe_of(ONNX_MODEL_PATH="model.onnx") == Recipe(Form.ONNX, graph)
    both = recipe_of(ONNX_MODEL_PATH="model.onnx", ONNX_WEIGHTS_PATH="weights.bin")
    assert both == Recipe(Form.ONNX, graph, weights)


@pytest.mark.parametrize(
    ("there", "absent"),
    [
        ("MODEL_WEIGHTS_URL", "MODEL_ARCHITECTURE_URL"),
        ("MODEL_ARCHITECTURE_URL", "MODEL_WEIGHTS_URL"),
        ("ONNX_WEIGHTS_PATH", "ONNX_MODEL_PATH"),
    ],
)
def test_half_a_recipe_names_the_config_var_that_is_missing(there: str, absent: str) -> None:
    with pytest.raises(Fault) as raised:
        recipe_of(**{there: "weights.h5"})

    assert raised.value.evidence.values == {"fault": "unset", "variable": absent}


def test_what_is_set_and_not_used_is_told() -> None:
    recipe = recipe_of(MODEL_URL="m.h5", S3_BUCKET_NAME="bucket", MODEL_BASE64="AAAA")

    assert recipe is not None
    (remark,) = recipe.remarks
    assert remark.level is Level.INFO
    assert remark.text == "MODEL_URL names the model; S3_BUCKET_NAME and MODEL_BASE64 are not used."
