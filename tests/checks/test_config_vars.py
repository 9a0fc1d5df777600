"""Config vars: what is required, what has a wrong form, and that no value is ever shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks import config_vars
from checks.config_vars import read_app_json
from checks.evidence import Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n"


def app_json(root: Path, content: object) -> None:
    (root / "app.json").write_text(json.dumps(content))


def ask(
    root: Path, env: Mapping[str, str], dyno: str = "web.1", boot: Ledger | None = None
) -> list[Evidence]:
    named = {"DYNO": dyno} if dyno else {}
    return list(config_vars.ask(Dyno(env={**named, **env}, root=root, boot=boot)))


def bad(evidence: Iterable[Evidence]) -> list[Evidence]:
    return [e for e in evidence if e.level > Level.OK]


def faults(evidence: Iterable[Evidence]) -> list[object]:
    return [e.values.get("fault") for e in bad(evidence)]


def causes(evidence: Iterable[Evidence]) -> list[tuple[str, Level]]:
    report = diagnose((Result("config-vars", tuple(evidence), 0.0),), CATALOGUE, "doctor", "x")
    return [(diagnosis.cause, diagnosis.level) for diagnosis in report.diagnoses]


# What app.json requires.


def test_a_required_config_var_that_is_not_set_is_a_fault_with_its_name(tmp_path: Path) -> None:
    app_json(tmp_path, {"env": {"SECRET_KEY": {"description": "x"}, "THERE": {}}})

    evidence = ask(tmp_path, {"THERE": "yes"})

    (missing,) = bad(evidence)
    assert (missing.fact, missing.level) == (Fact.CONFIG_REQUIRED, Level.FAIL)
    assert missing.values == {"fault": "missing", "names": ("SECRET_KEY",), "variable": "SECRET_KEY"}
    assert missing.where == "app.json"
    assert causes(evidence) == [("config/missing-var", Level.FAIL)]


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_a_config_var_set_to_nothing_is_missing_and_called_so(tmp_path: Path, value: str) -> None:
    app_json(tmp_path, {"env": {"SECRET_KEY": {}}})

    missing = ask(tmp_path, {"SECRET_KEY": value})[0]

    assert missing.level is Level.FAIL
    assert "is set to nothing" in missing.text


def test_several_missing_ones_are_one_finding_in_the_files_order(tmp_path: Path) -> None:
    names = [f"VAR_{number}" for number in range(14)]
    app_json(tmp_path, {"env": {name: {} for name in names}})

    (missing,) = bad(ask(tmp_path, {}))

    assert missing.values["names"] == tuple(names)
    assert "VAR_9 and 4 more" in missing.text
    assert "are not set" in missing.text


@pytest.mark.parametrize("entry", ["a default", {"value": "a default"}, {"generator": "secret"}])
def test_one_with_a_default_is_less_certain_for_only_a_button_sets_it(tmp_path: Path, entry: object) -> None:
    app_json(tmp_path, {"env": {"SECRET_KEY": entry}})

    evidence = ask(tmp_path, {})

    assert [e.level for e in bad(evidence)] == [Level.WARN]
    assert causes(evidence) == [("config/missing-var", Level.WARN)]


@pytest.mark.parametrize("entry", [{"required": False}, {"required": False, "value": "x"}])
def test_one_that_is_not_required_may_be_absent(tmp_path: Path, entry: object) -> None:
    app_json(tmp_path, {"env": {"OPTIONAL": entry}})

    assert bad(ask(tmp_path, {})) == []


@pytest.mark.parametrize("content", [{}, {"env": {}}, {"name": "x"}])
def test_an_app_json_that_requires_nothing_is_fine(tmp_path: Path, content: object) -> None:
    app_json(tmp_path, content)

    assert bad(ask(tmp_path, {})) == []


def test_no_app_json_is_fine(tmp_path: Path) -> None:
    assert read_app_json(Dyno(env={}, root=tmp_path)) == ({}, None)
    assert bad(ask(tmp_path, {})) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b" " * (2 * 1024 * 1024) + b"{}"),
        lambda path: path.write_text("[" * 200_000),
        lambda path: path.write_text('{"env":' * 100_000),
        lambda path: path.write_bytes(b'{"env": {"\xff\xfe": {}}}'),
        lambda path: path.write_text('{"env": {}}', "utf-16"),
        lambda path: path.write_text('["env"]'),
        lambda path: path.write_text("null"),
        lambda path: path.write_text('"text"'),
        lambda path: path.write_text('{"env": ["SECRET_KEY"]}'),
        lambda path: path.write_text('{"env": null}'),
        lambda path: path.write_text("{'env': {}}"),
        lambda path: path.write_text(""),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("app.json"),
    ],
)
def test_a_hostile_app_json_is_a_warning_and_the_other_questions_are_asked(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "app.json")

    evidence = ask(tmp_path, {"DEBUG": "true"})

    assert faults(evidence) == ["unreadable", "debug-on"]
    assert evidence[0].level is Level.WARN
    assert evidence[0].where == "app.json"


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"env": {"NEEDED": {}}}', "utf-8-sig")

    assert faults(ask(tmp_path, {})) == ["missing"]


def test_port_in_app_json_becomes_a_fixed_port(tmp_path: Path) -> None:
    app_json(tmp_path, {"env": {"PORT": "5000"}})

    evidence = ask(tmp_path, {"PORT": "5000"})

    assert causes(evidence) == [("port/fixed-by-config-var", Level.WARN)]


# The form of values.


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ('"abc"', "quoted"),
        ("'abc'", "quoted"),
        ('""', "quoted"),
        (" abc", "blanks"),
        ("abc\n", "blanks"),
        ("\tabc", "blanks"),
        ("abc\u00a0", "blanks"),
    ],
)
def test_quotes_and_blanks_around_a_value_are_part_of_it(tmp_path: Path, value: str, fault: str) -> None:
    evidence = ask(tmp_path, {"API_ADDRESS": value})

    (wrong,) = bad(evidence)
    assert (wrong.fact, wrong.level) == (Fact.CONFIG_VALUE, Level.WARN)
    assert wrong.values == {"fault": fault, "variable": "API_ADDRESS"}
    assert wrong.text.startswith("API_ADDRESS ")
    assert causes(evidence) == [("config/invalid-value", Level.WARN)]


@pytest.mark.parametrize(
    "value",
    [
        '{"type": "service_account", "id": "1"}',
        '["a", "b"]',
        '"a", "b"',
        "'self' https: 'unsafe-inline'",
        PEM,
        "\n" + PEM,
        "it's",
        '5"',
        '"',
        "a b c",
        "",
        "postgres://u:p@h/d?options='-c x'",
    ],
)
def test_quotes_and_blanks_within_a_value_are_its_own(tmp_path: Path, value: str) -> None:
    assert faults(ask(tmp_path, {"API_ADDRESS": value})) == []


def test_the_form_of_credentials_is_left_to_the_check_of_s3(tmp_path: Path) -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

    assert bad(ask(tmp_path, dict.fromkeys(names, '"quoted" '))) == []


LAPTOP = {
    "PATH": "/usr/bin:/bin",
    "PS1": "\\u@\\h \\$ ",
    "PROMPT": " % ",
    "LS_COLORS": "rs=0:" * 10_000,
    "LESSOPEN": "| /usr/bin/lesspipe %s",
    "BASH_FUNC_x%%": "() {  echo\n}",
    "XDG_DATA_DIRS": " ",
    "EDITOR": '"code --wait"',
    "GREETING": "'hi'",
    "TERM_SESSION_ID": "w0t0p0 ",
    "SSH_AUTH_SOCK": "/tmp/x",
    "DEBUG": "1",
    "FLASK_DEBUG": "1",
    "": "odd",
    "_": "/usr/bin/python",
}


def test_a_laptops_environment_full_of_odd_variables_gives_no_finding(tmp_path: Path) -> None:
    assert bad(ask(tmp_path, LAPTOP, dyno="")) == []


def test_on_a_laptop_what_is_surely_a_config_var_is_looked_at(tmp_path: Path) -> None:
    app_json(tmp_path, {"env": {"GREETING": {}}})

    evidence = ask(tmp_path, {**LAPTOP, "MODEL_URI": '"s3://b/k"', "SENTRY_DSN": " x"}, dyno="")

    variables = [e.values["variable"] for e in bad(evidence)]
    assert variables == ["GREETING", "MODEL_URI", "SENTRY_DSN"]


# WEB_CONCURRENCY, which gunicorn reads with int() before anything else.


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("two", "not-a-number"),
        ("2.5", "not-a-number"),
        ("0", "zero"),
        ("-3", "zero"),
    ],
)
def test_a_web_concurrency_that_gunicorn_can_not_use_is_a_fault(
    tmp_path: Path, value: str, fault: str
) -> None:
    evidence = [e for e in ask(tmp_path, {"WEB_CONCURRENCY": value}) if e.level is Level.FAIL]

    assert faults(evidence) == [fault]
    assert causes(evidence) == [("config/invalid-value", Level.FAIL)]


def test_a_server_that_runs_has_proved_that_it_does_not_read_web_concurrency(tmp_path: Path) -> None:
    evidence = ask(tmp_path, {"WEB_CONCURRENCY": "two"}, boot=Ledger())

    assert [e.level for e in bad(evidence)] == [Level.WARN]


@pytest.mark.parametrize(("value", "workers"), [("1", 1), ("17", 17), (" 2\n", 2)])
def test_a_number_of_workers_is_fine(tmp_path: Path, value: str, workers: int) -> None:
    evidence = ask(tmp_path, {"WEB_CONCURRENCY": value})

    (asked,) = [e for e in evidence if e.values.get("variable") == "WEB_CONCURRENCY" and e.level is Level.OK]
    assert asked.values["workers"] == workers


@pytest.mark.parametrize("env", [{}, {"WEB_CONCURRENCY": "2"}])
def test_an_environment_that_is_right_gives_no_finding(tmp_path: Path, env: dict[str, str]) -> None:
    assert bad(ask(tmp_path, env)) == []


# DATABASE_URL


def installed(monkeypatch: pytest.MonkeyPatch, version: str | None) -> None:
    def answer(name: str) -> str | None:
        if name.lower() != "sqlalchemy" or version == "none":
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", answer)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("none", []),
        ("1.3.24", []),
        ("1.4.0", ["postgres-scheme"]),
        ("2.0.36", ["postgres-scheme"]),
        ("2.1.0b1", ["postgres-scheme"]),
        ("unknown", []),
        (None, []),  # a distribution whose metadata is damaged
    ],
)
def test_the_old_scheme_of_heroku_matters_to_newer_sqlalchemy_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, expected: list[str]
) -> None:
    installed(monkeypatch, version)

    evidence = ask(tmp_path, {"DATABASE_URL": "postgres://u:p@h/d"})

    # Every app with a database has this scheme, and most rewrite it: no fault by itself.
    assert faults(evidence) == expected
    assert all(e.level is Level.INFO for e in bad(evidence))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("postgresql://u:p@h/d", []),
        ("postgresql+psycopg2://u:p@h/d", []),
        ("sqlite:///x.db", []),
        ("localhost/shop", ["no-scheme"]),
        ("", ["empty"]),
    ],
)
def test_a_database_url_needs_a_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: list[str]
) -> None:
    installed(monkeypatch, "2.0.36")

    assert faults(ask(tmp_path, {"DATABASE_URL": value})) == expected


# Debug mode, and the size of all.


@pytest.mark.parametrize("value", ["1", "true", "TRUE", " yes ", "on"])
def test_debug_mode_in_a_dyno_is_a_warning(tmp_path: Path, value: str) -> None:
    evidence = [e for e in ask(tmp_path, {"FLASK_DEBUG": value}) if e.values.get("fault") == "debug-on"]

    assert causes(evidence) == [("config/debug-on", Level.WARN)]


@pytest.mark.parametrize("value", ["", "0", "false", "no", "app:*"])
def test_debug_mode_that_is_off_is_none(tmp_path: Path, value: str) -> None:
    assert bad(ask(tmp_path, {"DEBUG": value})) == []


def test_more_than_32_kb_is_a_fault_that_names_the_largest(tmp_path: Path) -> None:
    evidence = ask(tmp_path, {"MODEL_BASE64": "x" * 40_000, "SMALL": "y" * 100})

    (size,) = bad(evidence)
    assert (size.fact, size.level) == (Fact.CONFIG_SIZE, Level.FAIL)
    assert size.values["variable"] == "MODEL_BASE64"
    assert causes(evidence) == [("config/too-large", Level.FAIL)]


@pytest.mark.parametrize(("size", "level"), [(32 * 1024 - 4, Level.OK), (32 * 1024 - 3, Level.FAIL)])
def test_names_and_values_both_count_up_to_exactly_32_kb(tmp_path: Path, size: int, level: Level) -> None:
    evidence = ask(tmp_path, {"NAME": "x" * size})

    assert evidence[-1].level is level


def test_what_the_platform_sets_itself_does_not_count(tmp_path: Path) -> None:
    platform = dict.fromkeys(
        ("PATH", "PYTHONPATH", "HOME", "LS_COLORS", "PORT", "GUNICORN_CMD_ARGS", "HEROKU_SLUG_COMMIT"),
        "x" * 9000,
    )

    evidence = ask(tmp_path, platform)

    assert evidence[-1].values["total_bytes"] == 0


def test_size_is_counted_in_bytes(tmp_path: Path) -> None:
    assert ask(tmp_path, {"N": "€"})[-1].values["total_bytes"] == 4


def test_names_and_values_that_are_no_text_are_counted_too(tmp_path: Path) -> None:
    odd = os.fsdecode(b"\xff\xfe")

    assert ask(tmp_path, {f"X{odd}": odd})[-1].values["total_bytes"] == 5


# A value is never shown.

NAMES = st.one_of(
    st.sampled_from(
        ["DATABASE_URL", "SECRET_KEY", "MODEL_URI", "FLASK_DEBUG", "DEBUG", "AWS_SECRET_ACCESS_KEY", "API"]
    ),
    st.from_regex(r"[A-Z][A-Z_]{0,12}", fullmatch=True),
)
FILLERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60)
SECRETS = st.one_of(
    FILLERS,
    FILLERS.map(lambda s: f" {s}"),
    FILLERS.map(lambda s: f'"{s}"'),
    FILLERS.map(lambda s: f"postgres://user:{s}@host/db"),
    FILLERS.map(lambda s: s * 600),
)


@given(st.dictionaries(NAMES, SECRETS, max_size=6), st.booleans())
def test_no_value_of_a_config_var_is_ever_shown(env: dict[str, str], on_dyno: bool) -> None:
    named = {"DYNO": "web.1"} if on_dyno else {}
    named["WEB_CONCURRENCY"] = "neither one nor two"
    dyno, root = Dyno(env={**named, **env}, root=Path("/nowhere")), Path("/nowhere")

    shown = "\n".join(_everything(config_vars.ask(dyno)))

    ours = "\n".join(_everything(config_vars.ask(Dyno(env={**named, **dict.fromkeys(env, "")}, root=root))))
    for value in env.values():
        core = value.strip().strip('"')
        assume(len(core) >= 8)
        assume(core not in ours)  # a value that happens to be a word of ours
        assert core not in shown
    assert "neither one nor two" not in shown


def _everything(evidence: Iterable[Evidence]) -> Iterable[str]:
    for each in evidence:
        yield each.text
        yield each.where
        for name, value in each.values.items():
            yield name
            yield from (str(one) for one in (value if isinstance(value, tuple) else (value,)))


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=20,
    )
)
def test_any_app_json_is_read_or_complained_about(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    root = tmp_path_factory.mktemp("app")
    app_json(root, {"env": content})

    for evidence in ask(root, {"A": "1"}):
        assert isinstance(evidence.text, str)
        json.dumps(evidence.to_json(), allow_nan=False)
