from __future__ import annotations

import pytest

from tests.diag.collect.logs.raised.reading import one, read


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ModuleNotFoundError: No module named 'flask_cors'", "ModuleNotFoundError"),
        (
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
            "ImproperlyConfigured",
        ),
        (
            (
                "Invalid HTTP_HOST header: 'x.example.com'. You may need to add 'x.example.com' to "
                "ALLOWED_HOSTS."
            ),
            "DisallowedHost",
        ),
    ],
)
def test_an_exception_may_stand_alone(text: str, name: str) -> None:
    raised = one(text)

    assert raised.chain[0][0] == name
    assert raised.frames == ()


@pytest.mark.parametrize(
    "text",
    [
        "ujson is not there (ModuleNotFoundError: No module named 'ujson'), json is used",
        "ERROR: ModuleNotFoundError is what you get without it",
        "TypeError: Cannot read properties of undefined (reading 'map')",
        "Error: something happened",
        "Invalid HTTP_HOST headers are refused",
        "Traceback: see below",
        '  File "/app/app.py"',
        "",
    ],
)
def test_a_sentence_is_no_exception(text: str) -> None:
    assert read(text) == []
