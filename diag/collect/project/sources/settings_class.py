"""Classes of pydantic-settings: which config var each field reads."""

from __future__ import annotations

import ast

from diag.collect.project.sources.places import Function
from diag.collect.project.sources.scan import Scan


def settings_fields(here: Scan, cls: str) -> dict[str, tuple[str, ast.expr | None]]:
    """The fields of a class of pydantic-settings: by name the config var, and the default if it has one."""
    node = here.classes[cls]
    if not any(here.full(base).endswith("BaseSettings") for base in node.bases):
        return {}
    prefix = _env_prefix(node)
    fields: dict[str, tuple[str, ast.expr | None]] = {}
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name, default, alias = statement.target.id, statement.value, ""
        if name == "model_config" or "ClassVar" in ast.unparse(statement.annotation):
            continue
        if isinstance(default, ast.Call) and here.full(default.func).endswith("Field"):
            alias = next(
                (
                    str(k.value.value)
                    for k in default.keywords
                    if k.arg in ("alias", "validation_alias", "env") and isinstance(k.value, ast.Constant)
                ),
                "",
            )
            default = _field_default(default)
        fields[name] = (alias or f"{prefix}{name}".upper(), default)
    return fields


def _field_default(call: ast.Call) -> ast.expr | None:
    first = call.args[0] if call.args else _keyword(call, "default")
    if isinstance(first, ast.Constant) and first.value is Ellipsis:
        return None
    return first if first is not None else _keyword(call, "default_factory")


def _env_prefix(node: ast.ClassDef) -> str:
    """``SettingsConfigDict(env_prefix=…)``, the same as a dict, or ``env_prefix = …`` in class Config."""
    for inner in ast.walk(node):
        match inner:
            case ast.keyword(arg="env_prefix", value=ast.Constant(value=str(prefix))):
                return prefix
            case ast.Assign(targets=[ast.Name(id="env_prefix")], value=ast.Constant(value=str(prefix))):
                return prefix
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "env_prefix":
                        return str(value.value) if isinstance(value, ast.Constant) else ""
    return ""


def class_returned(function: Function, here: Scan) -> str:
    """The class of the module whose object a function returns, or empty."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            name = here.full(node.value.func)
            if name in here.classes:
                return name
    return ""


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)
