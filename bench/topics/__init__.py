"""The topics in the order they are measured."""

from collections.abc import Callable

from bench.effort import Effort
from bench.table import Table
from bench.topics import boot, command_line, health, memory, predict

TOPICS: dict[str, Callable[[Effort], Table]] = {
    "health": health.measure,
    "memory": memory.measure,
    "bind": boot.measure_bind,
    "predict": predict.measure,
    "help": command_line.measure,
    "livez": boot.measure_livez,
}
