"""The topics in the order they are measured."""

from collections.abc import Callable

from bench.effort import Effort
from bench.table import Table
from bench.topics import boot, command_line, health, logs, memory, preflight
from bench.topics.serving import answers, download, litert, ready, workers

TOPICS: dict[str, Callable[[Effort], Table]] = {
    "health": health.measure,
    "memory": memory.measure,
    "bind": boot.measure_bind,
    "help": command_line.measure,
    "logs": logs.measure,
    "preflight": preflight.measure,
    "livez": boot.measure_livez,
    "serving/dense": answers.measure_dense,
    "serving/mobilenet": answers.measure_mobilenet,
    "serving/workers": workers.measure,
    "serving/litert": litert.measure,
    "serving/ready": ready.measure,
    "serving/download": download.measure,
}
