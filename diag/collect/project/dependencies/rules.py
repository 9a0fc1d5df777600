"""All rules about what is required, in the order in which a reader is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checks.evidence import Evidence
from diag.collect.project.dependencies.conflicts import check_conflicts
from diag.collect.project.dependencies.django_addons import check_django_addons
from diag.collect.project.dependencies.finding import bounded
from diag.collect.project.dependencies.habits import check_gpu, check_unpinned
from diag.collect.project.dependencies.installable import check_installable
from diag.collect.project.dependencies.libraries import check_libraries
from diag.collect.project.dependencies.old_for_python import check_old_for_python
from diag.collect.project.dependencies.resolution import Resolution, resolve
from diag.collect.project.dependencies.running import check_running
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirements


def check_dependencies(  # noqa: PLR0913  what the rules go by
    requirements: Requirements,
    python: DeployedPython,
    generation: str = "cedar",
    *,
    imported: Collection[str] | None = None,
    apt: Collection[str] | None = None,
    resolution: Resolution | None = None,
) -> list[Evidence]:
    """What would not install, or not run, with the Python that is deployed.

    `imported` are the modules that the web process imports, None where that is not known; `apt` is what an
    Aptfile installs, None without one. `generation` is cedar or fir, whose dynos may have another processor.
    """
    resolution = resolution or resolve(requirements, python.minor)
    return bounded(_all(requirements, python, generation, resolution, imported, apt))


def _all(  # noqa: PLR0913, PLR0917  what the rules go by
    requirements: Requirements,
    python: DeployedPython,
    generation: str,
    resolution: Resolution,
    imported: Collection[str] | None,
    apt: Collection[str] | None,
) -> Iterator[Evidence]:
    # What has no file at all is surer than what would have to be compiled.
    found = check_installable(requirements, python)
    yield from sorted(found, key=lambda each: each.values["fault"] == "source-build")
    yield from check_conflicts(requirements, resolution)
    yield from check_imports(requirements, python, resolution, imported)
    yield from check_libraries(requirements, resolution, imported=imported, apt=apt)
    if generation != "fir":  # tensorflow-cpu has no wheel for aarch64
        yield from check_gpu(requirements, python, resolution)
    yield from check_unpinned(requirements)


def check_imports(
    requirements: Requirements,
    python: DeployedPython,
    resolution: Resolution,
    imported: Collection[str] | None = None,
) -> Iterator[Evidence]:
    """What installs, and fails where it is imported."""
    yield from check_running(requirements, python, resolution)
    yield from check_django_addons(requirements, resolution, imported=imported)
    yield from check_old_for_python(requirements, python, resolution, imported=imported)
