"""The facts an exception becomes, depending on what was running when it was raised."""

from checks.facts import Fact

AT_BOOT = (Fact.BOOT_IMPORT, Fact.BOOT_SERVER)
RAISED = (*AT_BOOT, Fact.TENSORFLOW_IMPORT, Fact.MODEL_LOAD)
