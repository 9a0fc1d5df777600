"""A Django project in one file with django-health-check: ``GET /healthz`` asks the in-memory cache.

One middleware only, the one that sets Content-Length; a project made by startproject has seven.
"""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    INSTALLED_APPS=["health_check"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
)
app = get_wsgi_application()

from health_check.views import HealthCheckView  # noqa: E402  its models need the settings above

urlpatterns = [path("healthz", HealthCheckView.as_view(checks=["health_check.checks.Cache"]))]
