"""Which files there are, and where: what buildpacks go by, and what a push would leave behind."""

from diag.collect.project.layout.reading import read_layout

__all__ = ["read_layout"]
