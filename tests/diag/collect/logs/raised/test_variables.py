from __future__ import annotations

import pytest

from checks.facts import Fact
from tests.diag.collect.logs.raised.frames import ENVIRON, FLASK, cause, diagnoses, evidence, installed, own


@pytest.mark.parametrize(
    ("frames", "end", "variable"),
    [
        ((own("x = os.environ['KEY']"), ENVIRON), "KeyError: 'KEY'", "KEY"),
        (
            (
                own("x = os.environ['KEY']"),
                (
                    '  File "/usr/lib/python3.8/os.py", line 675, in __getitem__\n    raise '
                    "KeyError(key) from None\n"
                ),
            ),
            "KeyError: 'KEY'",
            "KEY",
        ),
        (
            (own("x = int(os.environ.get('KEY'))"),),
            "TypeError: int() argument must be a string, not 'NoneType'",
            "KEY",
        ),
        (
            (own("x = os.getenv('KEY').split(',')"),),
            "AttributeError: 'NoneType' object has no attribute 'split'",
            "KEY",
        ),
        (
            (installed("decouple.py"),),
            "decouple.UndefinedValueError: KEY not found. Declare it as envvar or define a default value.",
            "KEY",
        ),
        (
            (installed("environ/environ.py"),),
            "django.core.exceptions.ImproperlyConfigured: Set the KEY environment variable",
            "KEY",
        ),
        (
            (installed("environs/__init__.py"),),
            'environs.exceptions.EnvError: Environment variable "KEY" not set',
            "KEY",
        ),
    ],
)
@pytest.mark.parametrize(
    "fact", [Fact.BOOT_IMPORT, Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION, Fact.RELEASE_PHASE]
)
def test_a_config_var_that_is_not_set(frames: tuple[str, ...], end: str, variable: str, fact: Fact) -> None:
    (diagnosis,) = diagnoses(evidence(FLASK, *frames, end=end, fact=fact))

    assert (diagnosis.cause, diagnosis.confidence.value) == ("config/missing-var", "certain")
    assert diagnosis.title == f"{variable} is not set, and the app needs it."


@pytest.mark.parametrize(
    ("frames", "end"),
    [
        ((own("x = SETTINGS['KEY']"),), "KeyError: 'KEY'"),
        (
            (
                own("x = os.environ['KEY']"),
                own("return self.data[key]", file="/app/os.py", function="__getitem__"),
            ),
            "KeyError: 'KEY'",
        ),
        (
            (own("x = frame['KEY']"), installed("pandas/core/indexes/base.py", function="__getitem__")),
            "KeyError: 'KEY'",
        ),
        (
            (own("x = settings.get('KEY').split(',')"),),
            "AttributeError: 'NoneType' object has no attribute 'split'",
        ),
        (
            (own("x = os.getenv('KEY').split(','), y.strip()"),),
            "AttributeError: 'NoneType' object has no attribute 'strip'",
        ),
    ],
)
def test_what_looks_like_a_config_var_and_is_none(frames: tuple[str, ...], end: str) -> None:
    assert cause(*frames, end=end) == ("boot/import-error", "likely")


def test_the_prefix_of_pydantics_settings_is_not_known() -> None:
    found = evidence(
        own("settings = Settings()"),
        installed("pydantic_settings/main.py"),
        end="pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings\n"
        "database_url\n  Field required [type=missing, input_value={'mail': 'swordfish'}, input_type=dict]\n"
        "mail_server\n  Field required [type=missing, input_value={}, input_type=dict]",
    )

    (diagnosis,) = diagnoses(found)

    assert (diagnosis.cause, diagnosis.confidence.value) == ("config/missing-var", "likely")
    assert found.values["names"] == ("DATABASE_URL", "MAIL_SERVER")
    assert "swordfish" not in repr(found)


def test_pydantic_elsewhere_is_about_no_config_var() -> None:
    end = (
        "pydantic_core.ValidationError: 1 validation error for Order\nprice\n  Field required [type=missing]"
    )

    assert cause(own(), end=end)[0] == "boot/import-error"


def test_a_value_that_is_no_number_is_not_shown() -> None:
    found = evidence(
        own("LIMIT = int(os.environ['LIMIT'])"),
        end="ValueError: invalid literal for int() with base 10: 'sword fish'",
    )

    assert diagnoses(found)[0].cause == "config/invalid-value"
    assert "sword" not in repr(found)
