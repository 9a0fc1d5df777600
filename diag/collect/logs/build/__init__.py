"""The output of a build: git push, the dashboard's log, Heroku CI, Cloud Native Buildpacks, bare pip."""

from diag.collect.logs.build.reader import Build

__all__ = ["Build"]
