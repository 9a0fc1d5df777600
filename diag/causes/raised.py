"""The facts an exception becomes, depending on what was running when it was raised."""

from checks.facts import Fact

AT_BOOT = (Fact.BOOT_IMPORT, Fact.BOOT_SERVER)
RAISED = (*AT_BOOT, Fact.TENSORFLOW_IMPORT, Fact.MODEL_LOAD)
# From a log: also while a request was answered, in other processes, in the release phase.
ANYWHERE = (*RAISED, Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION, Fact.RELEASE_PHASE)
