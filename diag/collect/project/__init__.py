"""From a project's folder to evidence, without running or importing a line of its code."""
