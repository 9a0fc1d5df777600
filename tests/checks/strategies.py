"""Evidence and results of every possible form, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from checks.evidence import Evidence, Level, Result, Value
from checks.facts import Fact

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), FINITE, st.text(), st.lists(st.text()).map(tuple)
)
# Reports give times in milliseconds, from 1970 until far beyond any dyno's life.
TIMES = st.one_of(st.none(), st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000))
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(Fact),
    st.sampled_from(Level),
    st.text(),
    st.text(),
    TIMES,
    st.dictionaries(st.text(), VALUES),
)
RESULTS = st.builds(
    Result,
    st.text(min_size=1),
    st.lists(EVIDENCE).map(tuple),
    st.integers(0, 10**6).map(lambda ms: ms / 1000),
    st.lists(st.text()).map(tuple),
    st.one_of(st.none(), st.text(min_size=1)),
)
