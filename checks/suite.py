"""Which checks are asked where, in the order a reader should be told: what explains the rest first."""

from checks import (
    app_import,
    config_vars,
    memory,
    model_load,
    port,
    s3,
    tensorflow_import,
)

SERVICE = (
    port.CHECK,
    config_vars.CHECK,
    memory.CHECK,
    tensorflow_import.CHECK,
    model_load.CHECK,
    s3.CHECK,
)

DOCTOR = (
    port.CHECK,
    config_vars.CHECK,
    memory.CHECK,
    s3.CHECK,
    tensorflow_import.CHECK,
    app_import.CHECK,
    model_load.CHECK,
)
