"""What a model takes and gives, the same for every runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output. `shape` is that of one sample, without the batch; None is any size."""

    name: str
    shape: Shape
    dtype: str  # by NumPy's name: float32, int64, bool …; "str" for text; bfloat16

    def __str__(self) -> str:
        """As people write it: ``(n, 10) float32``."""
        return f"{str((None, *self.shape)).replace('None', 'n')} {self.dtype}"


class Model(Protocol):
    """A loaded model. Safe to call from several threads."""

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What it takes, in order."""

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """What it gives, in order."""

    def predict(self, batch: Mapping[str, NDArray[np.generic]]) -> Mapping[str, NDArray[Any]]:
        """Answers by the outputs' names, for samples stacked along the first axis of each input.

        Raises BadInput for what this model can't take, whatever it is; the model stays usable.
        """


class BadInput(ValueError):  # noqa: N818  it is the client's, and named for what it is
    """The input can't be a sample of this model; the message says what was expected."""
