"""Requirements that contradict each other."""

from __future__ import annotations

from dataclasses import replace

from packaging.specifiers import SpecifierSet

from checks.evidence import Evidence
from diag.collect.project.dependencies.conflicts import check_conflicts
from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.dependencies.required import faults, required


def check(requirements: Requirements, python: str = "3.11") -> list[Evidence]:
    return list(check_conflicts(requirements, resolve(requirements, python)))


def test_two_pins_are_certain() -> None:
    (found,) = check(required("flask==2.3.2", "werkzeug==2.2.3"))

    assert faults([found]) == ["fail certain conflict requirements.txt:1"]
    assert found.text == "flask 2.3.2 requires werkzeug>=2.3.3, but werkzeug==2.2.3 is asked for"
    assert found.values["what"] == "flask==2.3.2, werkzeug==2.2.3"
    assert found.values["package"] == "werkzeug"


def test_a_range_is_likely() -> None:
    assert faults(check(required("tensorflow", "protobuf==3.20.0"), "3.12")) == [
        "fail likely conflict requirements.txt:1"
    ]


def test_one_name_pinned_twice() -> None:
    asked = required("flask==2.3.2")
    twice = replace(asked.all["flask"], specifier=SpecifierSet("==2.3.2,==2.3.3"), version="")
    found = check(replace(asked, all={"flask": twice}))

    assert faults(found)[0] == "fail certain conflict requirements.txt:1"
    assert "pinned more than once: 2.3.2 and 2.3.3" in found[0].text


def test_one_version_written_twice_is_none() -> None:
    asked = required("flask==2.3.2")
    twice = replace(asked.all["flask"], specifier=SpecifierSet("==2.3.2,==2.3.2.0"), version="2.3.2")

    assert check(replace(asked, all={"flask": twice})) == []


def test_what_fits_and_what_is_locked() -> None:
    assert check(required("flask==2.3.2", "werkzeug==2.3.3")) == []
    assert check(required("flask==2.3.2", "werkzeug==2.2.3", locked=True)) == []
    assert check(required("fastapi", "pydantic==1.10.18", "uvicorn"), "3.13") == []
