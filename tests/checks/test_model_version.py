"""Which model belongs to this version of the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Dyno, Fault, Level
from checks.model_source import HttpUrl, Recipe, model_recipe
from checks.model_version import mapped

THREE = {f"MODEL_URL_V{number}": f"https://models.example/{number}.keras" for number in (1, 2, 3)}


def recipe_of(**env: str) -> Recipe:
    recipe = model_recipe(Dyno(env=env, root=Path("/app")))
    assert recipe is not None
    return recipe


def variable_of(**env: str) -> str:
    main = recipe_of(**env).main
    assert isinstance(main, HttpUrl)
    return main.told_by


@pytest.mark.parametrize(
    ("version", "variable"),
    [
        ("1.0.0", "MODEL_URL_V1"),
        ("1.1.0", "MODEL_URL_V2"),
        ("1.2.0", "MODEL_URL_V3"),
        ("1.1", "MODEL_URL_V2"),  # the same version
        ("v1.2.0", "MODEL_URL_V3"),
        ("2", "MODEL_URL_V2"),  # by its name
        ("  1.1.0\n", "MODEL_URL_V2"),
    ],
)
def test_a_version_has_its_own_model(version: str, variable: str) -> None:
    assert variable_of(**THREE, APP_VERSION=version) == variable
    assert recipe_of(**THREE, APP_VERSION=version).remarks == ()


def test_an_app_that_does_not_tell_its_version_is_the_first() -> None:
    assert variable_of(**THREE) == "MODEL_URL_V1"


@pytest.mark.parametrize("version", ["1.3.0", "2.0.0", "0.9", "banana", "1.1.0.dev1"])
def test_an_unknown_version_gets_the_newest_with_a_warning(version: str) -> None:
    recipe = recipe_of(**THREE, APP_VERSION=version)
    (remark,) = recipe.remarks

    assert variable_of(**THREE, APP_VERSION=version) == "MODEL_URL_V3"
    assert remark.level is Level.WARN
    assert "MODEL_URL_V3" in remark.text


def test_newest_is_meant_as_versions_are_and_not_as_text() -> None:
    urls = dict.fromkeys(("MODEL_URL_V1_9_0", "MODEL_URL_V1_10_0"), "https://models.example/x")

    assert variable_of(**urls, APP_VERSION="7") == "MODEL_URL_V1_10_0"


def test_a_name_may_spell_the_version_out() -> None:
    urls = {**THREE, "MODEL_URL_V2_0_1": "https://models.example/x"}

    assert variable_of(**urls, APP_VERSION="2.0.1") == "MODEL_URL_V2_0_1"


def test_the_warning_names_the_config_var_that_would_help() -> None:
    (remark,) = recipe_of(**THREE, APP_VERSION="2.4.1").remarks

    assert "MODEL_URL_V2_4_1" in remark.text
    assert (
        variable_of(**THREE, MODEL_URL_V2_4_1="https://models.example/x", APP_VERSION="2.4.1")
        != "MODEL_URL_V3"
    )


def test_what_is_no_version_is_not_repeated() -> None:
    (remark,) = recipe_of(**THREE, APP_VERSION="hunter2 hunter2").remarks

    assert "hunter2" not in f"{remark}"


def test_an_empty_config_var_maps_nothing() -> None:
    assert variable_of(**{**THREE, "MODEL_URL_V3": " "}, APP_VERSION="1.2.0") == "MODEL_URL_V2"


def test_a_version_without_any_model_is_a_fault() -> None:
    with pytest.raises(Fault) as caught:
        model_recipe(Dyno(env={"APP_VERSION": "1.4.0"}, root=Path("/app")))

    assert caught.value.evidence.values["fault"] == "version-unmapped"
    assert "1.4.0" in caught.value.evidence.text


def test_a_version_beside_a_model_without_versions_is_another_tools_affair() -> None:
    assert recipe_of(APP_VERSION="1.4.0", MODEL_URL="https://models.example/x").remarks == ()


@pytest.mark.parametrize(
    "name", ["MODEL_URL_V", "MODEL_URL_V0", "MODEL_URL_VX", "MODEL_URL_V1_", "XMODEL_URL_V1"]
)
def test_other_names_map_nothing(name: str) -> None:
    assert mapped({name: "https://models.example/x"}) == {}
