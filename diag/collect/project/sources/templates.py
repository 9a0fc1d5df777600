"""Templates that Flask will not find: it looks into ``templates``, in that spelling, beside the app's module.

Source: flask.palletsprojects.com, "Rendering Templates".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.buildpacks import may_make_files
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.values import Values

_RENDERS = ("flask.render_template", "flask.templating.render_template")
# With any of these the code looks elsewhere, too.
_ELSEWHERE = (
    "template_folder",
    "jinja_loader",
    "ChoiceLoader",
    "FileSystemLoader",
    "DictLoader",
    "searchpath",
)


def find_missing_templates(graph: Graph, values: Values) -> Iterator[Evidence]:
    """The first template that is no file of any ``templates`` folder, but stands elsewhere in the project.

    One that is nowhere may come with an installed package, and is left alone.
    """
    if any(word in here.module.text for here in graph.all for word in _ELSEWHERE):
        return
    if may_make_files(graph.tree):
        return
    for here, call in graph.calls():
        if call.name not in _RENDERS:
            continue
        name = values.of(call.argument(0, "template_name_or_list"), here, call.place).value
        if not isinstance(name, str) or not name or "$" in name:
            continue
        if any(f"/{path}".endswith(f"/templates/{name}") for path in graph.tree.files):
            continue
        found = _elsewhere(graph, name)
        if found:
            yield finding(
                Fact.PROJECT_SOURCE,
                "file-missing",
                Level.FAIL,
                LIKELY,
                f"renders {name!r}, which Flask looks for in a folder named templates, and it is {found}",
                f"{here.path}:{call.line}",
                path=f"templates/{name}",
                template=name,
                misplaced=found,
                file=here.path,
                line=call.line,
            )
            return


def _elsewhere(graph: Graph, name: str) -> str:
    """The nearest file that may be meant: with other capitals, in another folder."""
    wanted = f"/{name.lower()}"
    alike = [path for path in graph.tree.files if f"/{path.lower()}".endswith(wanted)]
    return min(alike, key=lambda path: (path.count("/"), path), default="")
