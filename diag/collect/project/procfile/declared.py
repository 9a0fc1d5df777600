"""What app.json declares of the web process. Only a button, review apps and pipelines follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.limits import CEDAR_SIZES, DEFAULT_QUOTA_MB, FIR_SIZES, PRIVATE_SIZES, DynoSize
from diag.collect.project.app_json import read_app_json
from diag.collect.project.tree import Tree

MB_OF_A_WORKER = 256  # that the Python buildpack counts for one; vendor/WEB_CONCURRENCY.sh
_SIZES = {size.name: size for size in (*CEDAR_SIZES, *PRIVATE_SIZES, *FIR_SIZES)}
_BEFORE = {"free": "eco", "hobby": "basic", "1x": "standard-1x", "2x": "standard-2x", "px": "performance-l"}


@dataclass(frozen=True, slots=True)
class Declared:
    """`env` has the config vars with a value, `size` the web dyno's where one is named."""

    env: Mapping[str, str] = field(default_factory=dict)
    size: DynoSize | None = None
    generation: str = "cedar"

    @property
    def quota_mb(self) -> int:
        """The memory of the web dyno: the smallest there is, when nothing tells."""
        return self.size.mb if self.size else DEFAULT_QUOTA_MB

    @property
    def cores(self) -> int:
        """What ``nproc`` shows on the web dyno."""
        return (self.size.cores if self.size else None) or CEDAR_SIZES[0].cores or 1

    @property
    def default_workers(self) -> int:
        """What the Python buildpack sets WEB_CONCURRENCY to, where it is not set. On Fir it sets nothing."""
        if self.generation == "fir" or self.size in FIR_SIZES:
            return 1
        return max(1, min(self.quota_mb // MB_OF_A_WORKER, 2 * self.cores + 1))


def declared(tree: Tree, generation: str = "cedar") -> Declared:
    """What app.json says; nothing where there is none, or it can't be read."""
    app_json = read_app_json(tree)
    name = app_json.sizes.get("web", "").lower()
    return Declared(app_json.values, _SIZES.get(_BEFORE.get(name, name)), generation)
