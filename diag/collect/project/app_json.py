"""What app.json declares: config vars, add-ons, buildpacks, the formation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from diag.collect.project.tree import Tree

# The config vars that add-ons bring. Dev Center, the article of each add-on.
_OF_ADDON = {
    "heroku-postgresql": ("DATABASE_URL",),
    "heroku-redis": ("REDIS_URL", "REDIS_TLS_URL"),
    "rediscloud": ("REDISCLOUD_URL",),
    "mailgun": ("MAILGUN_API_KEY", "MAILGUN_DOMAIN", "MAILGUN_SMTP_LOGIN", "MAILGUN_SMTP_PASSWORD"),
    "sendgrid": ("SENDGRID_API_KEY", "SENDGRID_USERNAME", "SENDGRID_PASSWORD"),
    "cloudinary": ("CLOUDINARY_URL",),
    "bucketeer": ("BUCKETEER_AWS_ACCESS_KEY_ID", "BUCKETEER_AWS_SECRET_ACCESS_KEY", "BUCKETEER_BUCKET_NAME"),
    "memcachier": ("MEMCACHIER_SERVERS", "MEMCACHIER_USERNAME", "MEMCACHIER_PASSWORD"),
    "cleardb": ("CLEARDB_DATABASE_URL",),
    "jawsdb": ("JAWSDB_URL",),
    "cloudamqp": ("CLOUDAMQP_URL", "CLOUDAMQP_APIKEY"),
    "sentry": ("SENTRY_DSN",),
    "papertrail": ("PAPERTRAIL_API_TOKEN",),
    "newrelic": ("NEW_RELIC_LICENSE_KEY", "NEW_RELIC_LOG"),
    "bonsai": ("BONSAI_URL",),
    "searchbox": ("SEARCHBOX_URL",),
    "heroku-kafka": ("KAFKA_URL",),
}


@dataclass(frozen=True, slots=True)
class AppJson:
    """`env` are the names it declares and whether each will have a value; `sizes` those of dynos."""

    exists: bool = False
    env: Mapping[str, bool] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    addons: tuple[str, ...] = ()
    buildpacks: tuple[str, ...] = ()
    sizes: Mapping[str, str] = field(default_factory=dict)

    def brings(self, variable: str) -> bool:
        """Whether the app will have the config var: declared, or of an add-on."""
        if variable in self.env:
            return True
        return any(variable in names for addon in self.addons for names in (_OF_ADDON.get(addon, ()),))


def read_app_json(tree: Tree) -> AppJson:
    """The declarations; empty where there is none or it can't be read (which is nobody's failure)."""
    text = tree.text("app.json") if "app.json" in tree else None
    if not text:
        return AppJson()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        tree.skipped["app.json"] = "no JSON"
        return AppJson(exists=True)
    if not isinstance(data, dict):
        return AppJson(exists=True)
    env = data.get("env")
    env = env if isinstance(env, dict) else {}
    return AppJson(
        exists=True,
        env={str(name): _has_value(given) for name, given in env.items()},
        values={str(name): value for name, given in env.items() if (value := _value(given)) is not None},
        addons=tuple(_plan(each) for each in _listed(data.get("addons"))),
        buildpacks=tuple(
            str(each.get("url", "")) if isinstance(each, dict) else str(each)
            for each in _listed(data.get("buildpacks"))
        ),
        sizes=_sizes(data.get("formation")),
    )


def _listed(data: object) -> list[object]:
    return data if isinstance(data, list) else []


def _plan(addon: object) -> str:
    name = addon.get("plan", "") if isinstance(addon, dict) else addon
    return str(name).partition(":")[0]


def _has_value(given: object) -> bool:
    """A value, one to be generated, or one that Heroku asks for before it deploys."""
    if isinstance(given, dict):
        return bool(given.get("value") or given.get("generator") or given.get("required", True))
    return True


def _value(given: object) -> str | None:
    value = given.get("value") if isinstance(given, dict) else given
    return value if isinstance(value, str) else None


def _sizes(formation: object) -> dict[str, str]:
    if not isinstance(formation, dict):
        return {}
    return {
        str(kind): str(each["size"]).lower()
        for kind, each in formation.items()
        if isinstance(each, dict) and isinstance(each.get("size"), str)
    }
