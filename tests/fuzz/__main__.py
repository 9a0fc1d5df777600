"""Search for hostile logs that break a property: ``python -m tests.fuzz --seconds 600 --keep FOLDER``.

Each kind of failure is shrunk and kept once. Exit status 1 when there is one. What it found goes into
`test_found.py` once it is mended.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.hostile import hostile_logs
from tests.fuzz.properties import check, check_in_pieces

ROUND = 150  # examples between two looks at the clock
MOST_MEMORY = 400.0  # MB; hypothesis keeps its examples too


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", type=Path, default=Path(gettempdir()) / "diag-fuzz")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(options.keep)
    until, rounds = time.monotonic() + options.seconds, 0
    while time.monotonic() < until:
        campaign.round(check if rounds % 3 else check_in_pieces, options.seed + rounds)
        rounds += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kinds = len(campaign.found)
    _say(f"{campaign.examples:,} logs, seed {options.seed}, peak {peak:.0f} MB, {kinds} kinds of failure")
    return int(kinds > 0 or peak > MOST_MEMORY)


def _say(text: str) -> None:
    """At once, even into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Campaign:
    """Rounds of examples, and the failures of which one is kept of each kind."""

    def __init__(self, keep: Path) -> None:
        self.examples = 0
        self.found: set[tuple[str, ...]] = set()
        self._keep = keep

    def round(self, prove: Callable[[bytes], object], number: int) -> None:
        """Some examples. A kind of failure that is known already is let go."""
        failed: list[tuple[tuple[str, ...], bytes]] = []

        @seed(number)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(hostile_logs())
        def one(data: bytes) -> None:
            self.examples += 1
            try:
                prove(data)
            except Exception as error:
                kind = _kind(error)
                if kind not in self.found:
                    failed.append((kind, data))
                    raise

        try:
            one()
        except Exception as error:
            if not failed:
                raise
            kind, data = failed[-1]  # the smallest
            self.found.add(kind)
            path = self._keep / f"{number}.log"
            path.write_bytes(data)
            _say(f"{path} ({len(data):,} bytes, {prove.__name__}): {' '.join(kind)}")
            error.__notes__ = []  # hypothesis adds the example, which is in the file
            traceback.print_exception(error, limit=-4)


def _kind(error: Exception) -> tuple[str, ...]:
    """Where and how it failed, in a form that two of the same kind share."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return type(error).__name__, Path(frame.filename).name, str(frame.lineno)


if __name__ == "__main__":
    sys.exit(main())
