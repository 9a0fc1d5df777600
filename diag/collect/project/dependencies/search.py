"""The search for releases that fit each other, as pip decides: the newest that all requirements allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from diag.collect.project.dependencies.wants import Clash, Want, is_exact, is_open, joined, meet, want_of
from diag.collect.project.requirements.requirement import Requirement
from diag.distributions import releases
from diag.distributions.releases import Need, Release

MOST_STEPS = 2_500
MOST_TRIED = 2_500  # releases of one distribution


class Search:
    """Depth first with a way back: pins first, then what is asked for, then what that brings.

    After `result`: `clash` explains best why nothing fits; `is_whole` tells whether all needs are known.
    """

    def __init__(self, python: str, asked: Iterable[Requirement], bounds: Iterable[Requirement]) -> None:
        self._python = python
        self._asked = {r.name: want_of(r) for r in asked}
        self._bounds = {r.name: want_of(r) for r in bounds}
        self._steps = 0
        self.is_whole = True
        self._is_cut = False  # not all releases were tried
        self.clash: Clash | None = None
        self._deepest = -1

    def result(self) -> dict[str, Release] | None:
        """The releases, by name; None where nothing fits, or where too many would have to be tried."""
        wants: dict[str, tuple[Want, ...]] = {name: (want,) for name, want in self._asked.items()}
        order = sorted(self._asked, key=lambda name: not is_exact(self._asked[name].need.specifier))
        return self._search({}, wants, tuple(order))

    @property
    def given_up(self) -> bool:
        """Whether something may fit that was not tried."""
        return self._is_cut or self._steps >= MOST_STEPS

    def pinned(self) -> dict[str, Release]:
        """What is installed in any case."""
        found = {name: self._pinned(name) for name in self._asked}
        return {name: release for name, release in found.items() if release is not None}

    def _pinned(self, name: str) -> Release | None:
        specifier = self._asked[name].need.specifier
        return releases.newest(name, self._python, specifier) if is_exact(specifier) else None

    def _search(
        self, chosen: dict[str, Release], wants: dict[str, tuple[Want, ...]], waiting: tuple[str, ...]
    ) -> dict[str, Release] | None:
        """One choice for the first that waits, then the rest; the stack is a list of open choices."""
        stack: list[
            tuple[dict[str, Release], dict[str, tuple[Want, ...]], tuple[str, ...], Iterator[Release]]
        ]
        stack = []
        while True:
            while waiting and (waiting[0] in chosen or not releases.knows(waiting[0])):
                waiting = waiting[1:]
            if not waiting:
                return chosen
            tried = self._candidates(waiting[0], wants)
            while True:
                step = self._next(tried, waiting[0], chosen, wants)
                if step is not None:
                    stack.append((chosen, wants, waiting, tried))
                    release, wants = step
                    chosen = {**chosen, waiting[0]: release}
                    waiting = (*waiting[1:], *self._brought(release, chosen, waiting))
                    break
                if not stack or self._steps >= MOST_STEPS:
                    return None
                chosen, wants, waiting, tried = stack.pop()

    def _candidates(self, name: str, wants: Mapping[str, tuple[Want, ...]]) -> Iterator[Release]:
        both = self._all(name, wants)
        text = joined(both)
        found = False
        for number, release in enumerate(releases.candidates(name, self._python, text)):
            if number >= MOST_TRIED:
                self._is_cut = True
                break
            found = True
            yield release
        if not found and len(both) > 1:
            self._note(name, both)

    def _all(self, name: str, wants: Mapping[str, tuple[Want, ...]]) -> tuple[Want, ...]:
        """What is wanted of a name, with the constraint on it."""
        return (*wants.get(name, ()), *((self._bounds[name],) if name in self._bounds else ()))

    def _is_open(self, name: str, wants: Mapping[str, tuple[Want, ...]]) -> bool:
        return not releases.knows(name) or is_open(name, self._python, joined(self._all(name, wants)))

    def _next(
        self,
        tried: Iterator[Release],
        name: str,
        chosen: Mapping[str, Release],
        wants: dict[str, tuple[Want, ...]],
    ) -> tuple[Release, dict[str, tuple[Want, ...]]] | None:
        """The next release whose needs fit what is chosen already, and all that is wanted then."""
        for release in tried:
            self._steps += 1
            if self._steps >= MOST_STEPS:
                return None
            needed = releases.needs(release, self._python)
            self.is_whole &= needed is not None
            new = dict(wants)
            for need in needed or ():
                want = Want(need, release, name, self._where(name))
                taken = chosen.get(need.name)
                if taken is not None and not need.allows(taken.version):
                    self._note(need.name, (want, self._reason(need.name, taken, wants)), len(chosen))
                    break
                new[need.name] = (*new.get(need.name, ()), want)
                # Seen at once, what leaves nothing to choose later costs no search.
                if taken is None and need.specifier and not self._is_open(need.name, new):
                    self._note(need.name, self._all(need.name, new), len(chosen))
                    break
            else:
                return release, new
        return None

    def _where(self, name: str) -> str:
        return self._asked[name].where if name in self._asked else ""

    def _reason(self, name: str, taken: Release, wants: Mapping[str, tuple[Want, ...]]) -> Want:
        """Why that release was taken: the tightest want of it."""
        known = wants.get(name) or (Want(Need(name, (), f"=={taken.version}")),)
        return next((want for want in known if want.need.specifier), known[0])

    def _note(self, name: str, wants: tuple[Want, ...], depth: int = 0) -> None:
        """The clash that was met deepest explains a failed search best."""
        if depth <= self._deepest:
            return
        pair = next(
            (
                (one, other)
                for index, one in enumerate(wants)
                for other in wants[index + 1 :]
                if not meet(name, (one, other), self._python)
            ),
            None,
        )
        if pair is not None:
            self._deepest = depth
            one, other = pair if pair[0].by else (pair[1], pair[0])
            self.clash = Clash(name, one, other)

    def _brought(
        self, release: Release, chosen: Mapping[str, Release], waiting: tuple[str, ...]
    ) -> Iterator[str]:
        for need in releases.needs(release, self._python) or ():
            if need.name not in chosen and need.name not in waiting:
                yield need.name
