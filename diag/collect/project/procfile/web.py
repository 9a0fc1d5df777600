"""The web process: which server runs which app, with the settings of every place they may stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the web server as it was written, and where: ``Procfile:1``, ``gunicorn.conf.py:4``.

    A variable of the environment stands in it as the shell has it: ``${PORT:-8000}``. `is_default` where
    nothing sets it and the server takes its own; `by_cores` where it was counted from the CPU cores.
    """

    value: str
    where: str
    is_default: bool = False
    by_cores: bool = False

    @property
    def number(self) -> int | None:
        """The value, when it is a whole number."""
        return int(self.value) if self.value.isascii() and self.value.isdigit() else None


@dataclass(frozen=True, slots=True)
class WebProcess:
    """What `web` starts.

    `server` is gunicorn, uvicorn, hypercorn, daphne, waitress-serve, granian, flask, django, streamlit,
    python (a script or ``-m module``) or another that `programs` knows, such as panel or http.server, and
    empty for anything else. `module` and `attribute` are the target of a server (``shop.wsgi``, ``app``),
    `target` is both as they are written; `script` is the file python or streamlit runs (``app.py``). They
    are relative to `folder`, the folder the process runs in, from the root (empty for the root itself).
    `path` is where imports are looked for, as folders from the root, the first wins. `settings` are the
    server's, by gunicorn's names (bind, workers, threads, timeout, graceful_timeout, keepalive,
    worker_class, preload_app); of other servers ``bind`` is host:port as their options say. `unread` names
    settings that code makes which only running it would tell; ``*`` stands for all. A script that a shell
    runs is looked into, and `scripts` are those that were read.
    """

    command: str
    where: str = "Procfile:1"
    server: str = ""
    module: str = ""
    attribute: str = ""
    is_factory: bool = False
    script: str = ""
    folder: str = ""
    path: tuple[str, ...] = ("",)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    is_certain: bool = True  # False where a shell's words leave it open what is started
    is_located: bool = True  # False where they leave it open in which folder
    target: str = ""
    arguments: tuple[str, ...] = ()  # of the server
    env: Mapping[str, str] = field(default_factory=dict)  # that the command itself sets
    front: str = ""  # what listens on $PORT in front of the server: bin/start-nginx
    wrappers: tuple[str, ...] = ()  # newrelic-admin, poetry …
    unread: frozenset[str] = frozenset()
    scripts: tuple[str, ...] = ()
    config: str = ""  # the configuration file of gunicorn's that was read, from the root
    missing_config: str = ""  # the configuration file that the command names and the slug does not have

    def setting(self, name: str) -> Setting | None:
        """The setting, unless code makes it which only running it would tell."""
        return None if name in self.unread else self.settings.get(name)

    def is_unread(self, name: str) -> bool:
        """Whether the setting may be made by code that was not read."""
        return name in self.unread or ("*" in self.unread and name not in self.settings)
