"""Django add-ons that use what the Django beside them no longer has."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.dependencies.django_addons import check_django_addons
from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.requirements.requirement import Requirement, Requirements


def one(line: str, where: str) -> Requirement:
    """``name==1.2``, ``name>=1``, or ``name @ git+https://…``."""
    name, at, source = line.partition(" @ ")
    end = next((index for index, letter in enumerate(name) if letter in "<>=!~"), len(name))
    specifier = SpecifierSet(name[end:])
    pin = name[end + 2 :] if name[end:].startswith("==") and "," not in name and "*" not in name else ""
    return Requirement(name[:end], where, specifier, version=pin, source=source if at else "")


def found(
    *lines: str,
    is_locked: bool = False,
    constraints: tuple[str, ...] = (),
    imported: set[str] | None = None,
) -> list[Evidence]:
    asked = [one(line, f"requirements.txt:{number}") for number, line in enumerate(lines, 1)]
    bounds = [one(line, f"constraints.txt:{number}") for number, line in enumerate(constraints, 1)]
    requirements = Requirements(
        manager="pip",
        all={each.name: each for each in asked},
        is_locked=is_locked,
        constraints={each.name: each for each in bounds},
    )
    return list(check_django_addons(requirements, resolve(requirements, "3.11"), imported=imported))


def told(*lines: str) -> list[str]:
    return [evidence.text for evidence in found(*lines)]


def test_what_is_told() -> None:
    (evidence,) = found("django==4.2.26", "djangorestframework-jwt==1.11.0")
    assert evidence == Evidence(
        Fact.PROJECT_DEPENDENCY,
        Level.FAIL,
        "djangorestframework-jwt 1.11.0 imports smart_text, which Django 4.2.26 no longer has",
        "requirements.txt:2",
        values={
            "fault": "django-removed",
            "sure": "likely",
            "import": "smart_text",
            "package": "djangorestframework-jwt",
            "version": "1.11.0",
            "package_version": "1.11.0",
            "django": "4.2.26",
            "instead": "drf-jwt",
        },
    )


@pytest.mark.parametrize(
    ("django", "addon", "what"),
    [
        ("4.2.26", "djangorestframework==3.13.1", "imports parse_header, which"),
        ("4.0.10", "djangorestframework==3.11.2", "imports url, which"),
        ("3.0.14", "djangorestframework==3.9.4", "imports django.utils.six, which"),
        ("4.2.26", "djangorestframework-simplejwt==4.4.0", "imports ugettext_lazy, which"),
        ("5.0.14", "djangorestframework-simplejwt==5.2.0", "imports utc, which"),
        ("4.2.26", "django-rest-auth==0.9.5", "imports ugettext_lazy, which"),
        ("4.0", "django-cors-headers==3.2.1", "makes a Signal with providing_args, which"),
        ("4.0", "django-allauth==0.42.0", "makes a Signal with providing_args, which"),
        ("5.1.15", "django-taggit==3.1.0", "has index_together in Meta, which"),
        ("2.0.13", "django-celery-beat==1.0.1", "makes a ForeignKey without on_delete, which"),
        ("2.2.28", "django-webpack-loader==0.4.1", "registers an assignment_tag, which"),
        ("2.2.28", "django-crispy-forms==1.6.1", "imports django.core.urlresolvers, which"),
        ("4.1", "channels==3.0.3", "imports LANGUAGE_SESSION_KEY, which"),
        ("5.2", "django-compressor==4.4", "imports get_storage_class, which"),
    ],
)
def test_a_name_that_left(django: str, addon: str, what: str) -> None:
    texts = told(f"django=={django}", addon)
    name, _, version = addon.partition("==")
    assert len(texts) == 1
    assert texts[0].startswith(f"{name} {version} {what} Django {django} ")


@pytest.mark.parametrize(
    ("django", "addon"),
    [
        ("3.2.25", "djangorestframework-jwt==1.11.0"),
        ("3.2.25", "djangorestframework==3.11.2"),
        ("4.1.13", "djangorestframework==3.13.1"),
        ("4.2.26", "djangorestframework==3.14.0"),
        ("4.2.26", "django-cors-headers==3.3.0"),
        ("3.2.25", "django-cors-headers==3.2.1"),
        ("4.2.26", "djangorestframework-simplejwt==5.2.0"),
        ("5.2.8", "djangorestframework-simplejwt==5.3.1"),
        ("5.0.14", "django-taggit==3.1.0"),
        ("5.2.8", "django-taggit==6.1.0"),
        ("2.2.28", "django-crispy-forms==1.7.2"),
        ("5.2.8", "whitenoise==3.3.1"),
        ("5.2.8", "django-heroku==0.3.1"),
        ("5.2.8", "django-widget-tweaks==1.4.12"),
    ],
)
def test_releases_that_fit(django: str, addon: str) -> None:
    assert told(f"django=={django}", addon) == []


def test_several_in_the_order_of_the_file() -> None:
    texts = told("django-rest-auth==0.9.5", "django==4.2.26", "django-allauth==0.42.0", "gunicorn==20.1.0")
    assert [text.split()[0] for text in texts] == ["django-rest-auth", "django-allauth"]


@pytest.mark.parametrize(
    ("addon", "newer"),
    [
        ("djangorestframework==3.9.4", "3.14.0"),  # 3.10 to 3.13 use other names that are gone in 4.2
        ("django-cors-headers==2.4.0", "3.3.0"),
        ("django-rest-auth==0.9.5", None),
    ],
)
def test_the_first_release_that_works(addon: str, newer: str | None) -> None:
    (evidence,) = found("django==4.2.26", addon)
    assert evidence.values.get("newer") == newer


class TestWithoutAPin:
    def test_an_addon_of_which_no_release_works(self) -> None:
        (evidence,) = found("django==4.2.26", "djangorestframework-jwt")
        assert evidence.values["version"] == "1.11.0"
        assert evidence.values["sure"] == "likely"

    def test_a_range_of_it(self) -> None:
        assert told("django==4.2.26", "djangorestframework-jwt>=1.8") != []
        assert told("django==4.2.26", "djangorestframework-jwt<1.11") == []  # which one can't be told

    def test_an_addon_that_has_newer_releases(self) -> None:
        assert told("django==4.2.26", "django-cors-headers", "django-mptt", "django-celery-beat") == []

    def test_a_range_that_only_has_old_releases(self) -> None:
        (evidence,) = found("django==4.2.26", "django-cors-headers<3")
        assert str(evidence.values["version"]).startswith("2.")

    def test_a_pin_among_the_constraints(self) -> None:
        (evidence,) = found("django==4.2.26", "django-mptt", constraints=("django-mptt==0.10.0",))
        assert evidence.values["version"] == "0.10.0"
        assert evidence.where == "requirements.txt:2"

    def test_a_constraint_alone_installs_nothing(self) -> None:
        assert found("django==4.2.26", constraints=("django-mptt==0.10.0",)) == []


class TestDjangoWithoutAPin:
    def test_the_newest_is_taken(self) -> None:
        (evidence,) = found("django", "djangorestframework-jwt==1.11.0")
        assert evidence.level is Level.FAIL
        assert str(evidence.values["django"]) >= "5.2"

    def test_a_range_that_still_has_it(self) -> None:
        assert told("django<4", "djangorestframework-jwt==1.11.0") == []

    @pytest.mark.parametrize("other", ["dj-rest-auth==2.0.0", "django-of-ours==1.0"])
    def test_another_that_may_hold_it_back(self, other: str) -> None:
        (evidence,) = [
            each
            for each in found("django", "djangorestframework-jwt==1.11.0", other)
            if each.values["package"] == "djangorestframework-jwt"
        ]
        assert (evidence.level, evidence.values["sure"]) == (Level.WARN, "possible")

    @pytest.mark.parametrize("other", ["django-of-ours", "gunicorn==20.1.0", "django-mptt==0.10.0"])
    def test_what_does_not_hold_it_back(self, other: str) -> None:
        every = found("django", "djangorestframework-jwt==1.11.0", other)
        assert {each.values["sure"] for each in every} == {"likely"}

    def test_a_pin_is_not_held_back(self) -> None:
        (evidence,) = found("django==4.2.26", "djangorestframework-jwt==1.11.0", "django-of-ours==1.0")
        assert evidence.values["sure"] == "likely"


def test_a_lock_file_is_taken_as_it_is() -> None:
    assert len(found("django==4.2.26", "django-mptt==0.10.0", is_locked=True)) == 1
    assert found("django==3.0.14", "django-mptt==0.10.0", is_locked=True) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("django-rest-auth==0.9.5",),  # no Django at all, as far as the table tells
        ("django @ git+https://github.com/django/django@stable/3.2.x", "django-rest-auth==0.9.5"),
        ("django==4.2.26", "django-jet @ git+https://github.com/ours/django-jet"),
        (
            "django==4.2.26",
            "djangorestframework==3.18.3",
            "django-rest-auth==0.9.5",
        ),  # pip refuses the first two
        ("flask==3.0.0", "gunicorn==20.1.0"),
        (),
    ],
)
def test_what_cannot_be_told(lines: tuple[str, ...]) -> None:
    assert found(*lines) == []


@pytest.mark.parametrize(
    "addon", ["django-debug-toolbar==2.2", "django-storages==1.9.1", "django-anymail==7.2", "channels==3.0.3"]
)
def test_what_a_boot_may_leave_alone(addon: str) -> None:
    (evidence,) = found("django==4.2.26", addon)
    assert (evidence.level, evidence.values["sure"]) == (Level.WARN, "possible")


def test_a_part_that_is_imported() -> None:
    (evidence,) = found("django==4.2.26", "channels==3.0.3", imported={"os", "channels.auth"})
    assert (evidence.level, evidence.values["sure"]) == (Level.FAIL, "likely")
