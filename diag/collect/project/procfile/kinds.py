"""Which calls make an app, and whether a server calls it as WSGI or as ASGI."""

from __future__ import annotations

_KINDS = {
    "wsgi": (
        "flask.Flask",
        "apiflask.APIFlask",
        "flask_openapi3.OpenAPI",
        "eve.Eve",
        "bottle.Bottle",
        "bottle.default_app",
        "falcon.App",
        "falcon.API",
        "django.core.wsgi.get_wsgi_application",
        "django.core.handlers.wsgi.WSGIHandler",
        "werkzeug.middleware.dispatcher.DispatcherMiddleware",
        "werkzeug.middleware.proxy_fix.ProxyFix",
        "whitenoise.WhiteNoise",
        "dj_static.Cling",
    ),
    "asgi": (
        "fastapi.FastAPI",
        "fastapi.applications.FastAPI",
        "starlette.applications.Starlette",
        "quart.Quart",
        "litestar.Litestar",
        "blacksheep.Application",
        "falcon.asgi.App",
        "socketio.ASGIApp",
        "django.core.asgi.get_asgi_application",
        "channels.routing.ProtocolTypeRouter",
        "channels.routing.get_default_application",
    ),
    # An object that holds a Flask app, and can't be called itself.
    "dash": ("dash.Dash", "jupyter_dash.JupyterDash", "dash_extensions.enrich.DashProxy"),
}
_KIND = {origin: kind for kind, origins in _KINDS.items() for origin in origins}


def kind_of(origin: str) -> str:
    """``wsgi``, ``asgi`` or ``dash`` for what makes an app; empty for anything else."""
    return _KIND.get(origin, "")


def called(origin: str) -> str:
    """The short name of what makes an app, as a sentence has it: ``FastAPI``."""
    return origin.rpartition(".")[2]
