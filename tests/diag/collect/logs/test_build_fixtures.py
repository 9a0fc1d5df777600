import json
from pathlib import Path

import pytest

from tests.diag.collect.logs.build_output import FIXTURES, causes, read

OURS = (
    *("build/*", "python/*", "release/command-failed", "procfile/missing", "procfile/line-ignored"),
    *(f"dependency/{fault}" for fault in ("no-matching-distribution", "tensorflow-no-wheel", "conflict")),
)
LOGS = sorted(path for folder in OURS for path in FIXTURES.glob(f"{folder}/*.log"))


def expected(path: Path) -> dict[str, str | None]:
    return dict(json.loads(path.with_suffix(".json").read_text()))


@pytest.mark.parametrize("path", LOGS, ids=lambda p: "/".join(p.parts[-3:]))
def test_a_whole_log_of_a_build_gives_the_cause_first(path: Path) -> None:
    wanted = expected(path)
    found = causes(read(path.read_text().splitlines()).evidence())
    if wanted["first"] is None:
        assert [d.cause for d in found if d.level.word == "fail"] == []
        return
    assert found
    first = found[0]
    told = (first.cause, first.confidence.value, first.level.word)
    assert told == (wanted["first"], wanted["confidence"], wanted["level"]), (first.title, first.evidence)
    assert "…" not in first.title, first.title
    assert len(first.title) <= 400
    assert first.fix
