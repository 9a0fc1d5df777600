"""Django add-ons that can't be loaded with the Django beside them: they use what it no longer has.

Measured: of each release the modules that are loaded with the app (the package, its apps, models, admin and
template tags, and what these import) were compared with the names that each Django from 1.5 to 6.1 has.
What stands under if, or under a try with another way, was left out. Of the edges, the last release that
fails and the first that does not, about seventy were installed and loaded on Python 3.11 and 3.12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.dependencies.running import whence
from diag.collect.project.requirements.requirement import Requirements
from diag.distributions import releases
from diag.distributions.import_names import brings


class _Use(NamedTuple):
    """Releases of an add-on (a specifier) that use a name, and the first Django without that name."""

    versions: str
    since: str
    name: str


# The first Django without a name, the name, and the releases of add-ons that use it when they are loaded.
_GONE = """
1.10 django.conf.urls:patterns django-rest-auth<0.7.0,!=0.2.2 django-treebeard<4.1.0
1.10 django.db.models:SubfieldBase cloudinary<1.5.0
1.11 django.conf:BaseSettings django-countries>=2.0,<4.1
2.0 assignment_tag django-admin-interface<0.5.0 django-jet<1.0.7 django-rq>=0.9.1,<0.9.3
    django-webpack-loader>=0.2.0,<0.5.0
2.0 django.core.urlresolvers channels>=0.9,<1.0.0 django-activity-stream<0.6.5
    django-admin-sortable2>=0.6.2,<0.6.17 django-allauth<0.29.0 django-auditlog>=0.4.1,<0.4.5
    django-autocomplete-light>=3.0.0,<3.2.2 django-braces<1.11.0 django-crispy-forms<1.7.0
    django-extensions>=1.6.2,<1.7.6 django-formtools<2.1 django-guardian<1.4.8 django-import-export<0.6.0
    django-ordered-model<1.4.2 django-parler<1.9 django-polymorphic<2.0 django-q<0.9.0
    django-rest-framework-social-oauth2<1.1.0 django-rest-swagger<2.0.1 django-reversion<2.0.7
    django-rosetta>=0.7.7,<0.7.14 django-select2>=5.4.3,<5.9.0 django-silk>=0.3.1,<1.1.0
    django-simple-captcha<0.5.6 django-simple-history<2.0 django-smart-selects<1.5.3 django-suit<0.2.26
    django-summernote<0.8.7.1 django-tables2<1.2.7 django-tinymce<2.6.0 django-two-factor-auth>=1.4.0,<1.6.1
    django-webpush<0.2.3 djangorestframework<3.5.0 social-auth-app-django<2.0.0
2.0 django.db.models.fields.related:add_lazy_relation django-taggit<0.18.1
2.0 django.urls:RegexURLPattern djangorestframework>=3.5.0,<3.7.1
2.0 django.utils.deprecation:RemovedInDjango20Warning django-mptt>=0.8.6,<0.9.0
2.0 django.utils.safestring:mark_for_escaping django-nested-admin<3.0.13
2.0 on_delete django-apscheduler<0.2.2 django-celery<3.2.1 django-celery-beat<1.1.0 django-cities-light<3.4.0
    django-notifications-hq<1.4.0 django-oauth-toolkit<0.12.0 django-otp<0.3.8
    django-post-office>=0.6.0,<3.0.3 django-registration<2.3 django-registration-redux<1.4
    django-rest-knox<3.1.0 fcm-django<0.2.13
2.1 django.db.models.sql.constants:QUERY_TERMS django-filter>=0.9.2,<2.0.0
2.1 django.db.models:permalink django-activity-stream>=0.6.5,<0.7.0
3.0 django.contrib.admin.templatetags.admin_static django-extensions>=2.2.1,<2.2.2
    django-suit>=0.2.26,<=0.2.28
3.0 django.contrib.staticfiles.templatetags django-summernote>=0.8.8.0,<0.8.11.5
3.0 django.shortcuts:render_to_response django-celery>=3.2.1,<3.3.0 django-guardian>=1.4.8,<1.5.0
3.0 django.utils.decorators:available_attrs drf-yasg<1.17.0
3.0 django.utils.encoding:python_2_unicode_compatible django-admin-interface>=0.5.0,<0.12.0
    django-cities-light>=3.4.0,<3.5.1 django-cors-headers>=1.2.2,<2.0.0 django-jet>=1.0.7,<=1.0.8
    django-model-utils>=1.4.0,<4.0.0 django-multiselectfield>=0.1.6,<0.1.9 django-oauth-toolkit>=0.12.0,<1.2.0
    django-registration-redux>=1.4,<2.7 django-rest-passwordreset<1.1.0 django-simple-captcha>=0.5.6,<0.5.12
    django-simple-history>=2.0,<2.8.0 django-waffle>=0.11.1,<0.19.0 fcm-django>=0.2.13,<0.3.3
3.0 django.utils.functional:curry django-fsm>=2.2.1,<2.7.0
3.0 django.utils.http:cookie_date channels>=2.1.0,<2.2.0
3.0 django.utils.lru_cache django-crispy-forms>=1.7.0,<1.8.0
3.0 django.utils.six channels>=1.0.0,<2.1.0 dj-stripe>=1.0.0.post1,<2.0.0 django-activity-stream>=0.7.0,<0.9.0
    django-allauth>=0.29.0,<0.40.0 django-auditlog>=0.3.2,<0.4.1 django-auditlog>=0.4.5,<1.0.0
    django-autocomplete-light>=3.2.2,<3.5.0 django-axes>=1.3.7,<5.0 django-bootstrap3>=11.0.0,<12.0.0
    django-bootstrap4<1.0.0 django-braces>=1.11.0,<1.14.0 django-cleanup>=0.4.1,<4.0.0
    django-cloudinary-storage<0.3.0 django-compressor>=1.5,<2.4 django-constance>=1.1,<2.5.0
    django-cors-headers>=2.0.0,<3.1.0 django-countries>=4.1,<5.5 django-dbbackup>=3.0.0,<3.3.0
    django-debug-toolbar>=1.4,<2.0 django-elasticsearch-dsl<6.5.0 django-elasticsearch-dsl>=7.0.0,<7.1.1
    django-formtools>=2.1,<2.2 django-graphql-jwt>=0.1.9,<0.2.3 django-guardian>=1.5.0,<2.0.0
    django-haystack>=2.8.0,<3.0 django-import-export>=0.6.0,<2.0 django-markdownx>=1.1.1,<3.0.0
    django-meta>=1.0,<1.6.0 django-modeltranslation>=0.11,<0.14 django-mptt>=0.8.0,<0.8.6
    django-mptt>=0.9.0,<0.10.0 django-notifications-hq>=1.4.0,<1.6.0 django-ordered-model>=1.4.2,<3.0.0
    django-otp>=0.3.8,<0.7.1 django-parler>=1.9,<2.0.1 django-pipeline>=1.6.1,<1.7.0
    django-polymorphic>=2.0,<2.1 django-post-office>=3.0.3,<3.3.0 django-redis>=4.8.0,<4.11.0
    django-redis-cache>=1.7.0,<2.1.0 django-redis-cache>=2.1.3,<3.0.0 django-registration>=2.3,<2.4.1
    django-registration>=3.0,<3.1 django-reversion>=2.0.7,<3.0.5 django-rq>=0.9.3,<2.2.0
    django-silk>=1.1.0,<4.0.0 django-smart-selects>=1.5.3,<1.5.5 django-storages>=1.5.0,<1.7.2
    django-tables2>=1.2.7,<2.1.0 django-taggit>=0.18.1,<1.0.0 django-timezone-field>=2.0,<4.0
    djangorestframework>=3.7.1,<3.10.0 djangorestframework-simplejwt<4.0.0 djongo<1.3.0 djoser>=0.5.0,<2.0.2
    drf-extensions>=0.3.1,<0.6.0 easy-thumbnails>=2.4.1,<2.7 graphene-django<2.7.0 jsonfield>=1.0.1,<2.1.0
    sorl-thumbnail>=12.3,<12.6.2
3.1 django.contrib.staticfiles.storage:CachedStaticFilesStorage django-pipeline>=1.7.0,<2.0.5
3.1 django.db.models.fields:FieldDoesNotExist django-autoslug>=1.9.4,<1.9.8 django-filter>=2.0.0,<2.3.0
    django-mptt>=0.10.0,<0.11.0 django-tables2>=2.1.0,<2.3.0 djangorestframework>=3.10.0,<3.11.0
3.1 django.db.models.sql.datastructures:EmptyResultSet django-cacheops>=3.0,<5.0 drf-extensions>=0.6.0,<0.7.0
3.1 django.forms.forms:pretty_name django-parler>=2.0.1,<2.1
3.2 django.db.models.sql:EmptyResultSet django-silk>=4.0.0,<4.1.0
4.0 django.conf.urls:re_path django-rosetta>=0.9.6,<0.9.8
4.0 django.conf.urls:url django-debug-toolbar>=2.0,<3.0 django-grappelli>=2.8.1,<2.14.3
    django-health-check>=1.1,<3.14.2 django-import-export>=2.0,<2.4.0 django-markdownx>=3.0.0,<4.0.0
    django-oauth-toolkit>=1.2.0,<1.3.3 django-prometheus>=1.0.7,<2.2.0
    django-rest-framework-social-oauth2>=1.1.0,<1.2.0 django-rest-passwordreset>=1.1.0,<1.2.1
    django-rosetta>=0.7.14,<0.9.6 django-select2>=5.9.0,<7.0.2 django-silk>=4.1.0,<4.2.0
    django-simple-history>=2.8.0,<2.12.0 django-summernote>=0.8.7.1,<0.8.8.0
    django-summernote>=0.8.11.5,<0.8.20.0 djangorestframework>=3.11.0,<3.12.0 drf-jwt>=1.16.0,<1.19.2
    social-auth-app-django>=2.0.0,<5.0.0
4.0 django.contrib.admin.utils:lookup_needs_distinct django-autocomplete-light>=3.8.0,<3.9.1
    django-ordered-model>=3.0.0,<3.4.1 django-select2>=7.6.2,<7.7.3
4.0 django.utils.encoding:force_text django-bootstrap3>=5.2.0,<11.0.0 django-bootstrap3>=12.0.0,<12.0.2
    django-bootstrap4>=1.0.0,<1.1.0 django-cacheops>=5.0,<6.0 django-celery-beat>=1.1.0,<2.1.0
    django-ckeditor>=4.5.3,<6.0.0 django-compressor>=2.4,<3.0 django-crispy-forms>=1.8.0,<1.9.0
    django-csp>=3.3,<3.6 django-elasticsearch-dsl>=6.5.0,<7.0.0 django-elasticsearch-dsl>=7.1.1,<7.2.2
    django-extensions>=1.7.6,<2.2.1 django-extensions>=2.2.2,<3.0.0 django-parler>=2.1,<2.2.1
    django-paypal>=0.1.5,<1.1.2 django-phonenumber-field>=3.0.0,<5.1.0 django-picklefield>=1.0.0,<3.0
    django-pipeline>=2.0.5,<2.0.8 django-polymorphic>=2.1,<3.1.0 django-post-office>=3.5.0,<3.6.0
    django-redis-cache>=2.1.0,<2.1.3 django-smart-selects>=1.5.9,<1.6.0 django-storages>=1.7.2,<1.10
    django-tinymce>=2.6.0,<3.3.0 djoser>=2.0.2,<2.0.4 drf-jwt>=1.13.0,<1.16.0 graphene-django>=2.7.0,<2.16.0
4.0 django.utils.encoding:smart_text django-haystack>=3.0,<3.2.0 django-money>=0.7.4,<1.0
    django-redis>=4.0.0,<4.8.0 django-redis>=4.11.0,<4.12.1 djangorestframework-jwt>=1.1.1,<=1.11.0
4.0 django.utils.http:is_safe_url django-two-factor-auth>=1.6.1,<1.13.2
4.0 django.utils.translation:LANGUAGE_SESSION_KEY channels>=2.2.0,<3.0.4
4.0 django.utils.translation:ugettext django-reversion>=3.0.5,<4.0.1 django-solo>=1.1.3,<2.0.0
4.0 django.utils.translation:ugettext_lazy cloudinary>=1.5.0,<1.23.0 dj-rest-auth<2.1.3,!=2.0.0
    django-activity-stream>=0.9.0,<1.4.0 django-admin-interface>=0.12.0,<0.13.4
    django-admin-sortable2>=0.6.17,<0.7.2 django-apscheduler>=0.4.0,<0.6.0 django-celery>=3.3.0,<=3.3.1
    django-celery-results<2.0.0 django-cities-light>=3.5.1,<3.8.1,!=3.7.0 django-ckeditor-5<0.0.15
    django-colorfield<0.1.16 django-constance>=2.5.0,<2.8.0 django-countries>=5.5,<6.0
    django-cron>=0.4.1,<0.6.0 django-dbbackup>=3.3.0,<4.0.1 django-graphql-jwt<0.1.9
    django-guardian>=2.0.0,<2.2.0 django-imagekit>=3.3,<4.1.0 django-jet-reboot<1.2.0
    django-meta>=1.6.0,<2.1.0 django-model-utils>=4.0.0,<4.1.0 django-modeltranslation>=0.14,<0.15
    django-multiselectfield>=0.1.4,<0.1.6 django-multiselectfield>=0.1.9,<0.1.11 django-otp>=0.7.1,<0.8.0
    django-phonenumber-field<3.0.0 django-post-office>=3.3.0,<3.5.0 django-recaptcha>=1.0,<2.0.0
    django-registration-redux>=2.7,<2.9 django-rest-auth>=0.7.0,<=0.9.5 django-rest-knox>=3.1.0,<4.2.0
    django-simple-captcha>=0.5.12,<0.5.13 django-stdimage>=0.5.0,<5.0.2 django-treebeard>=4.1.0,<4.4
    django-waffle>=0.19.0,<0.20.0 djangorestframework-simplejwt>=4.0.0,<4.5.0 djoser>=0.4.1,<0.5.0
    drf-writable-nested<0.6.0 fcm-django>=0.3.3,<0.3.5 jsonfield>=2.1.0,<3.0.0 sorl-thumbnail>=12.6.2,<12.7.0
4.0 providing_args dj-stripe>=2.0.0,<2.6.0 django-allauth>=0.40.0,<0.43.0 django-anymail>=0.3,<8.0
    django-axes>=5.0,<5.5.0 django-cleanup>=4.0.0,<5.1.0 django-cors-headers>=3.1.0,<3.3.0
    django-fsm>=2.7.0,<2.7.1 django-graphql-jwt>=0.3.0,<0.3.2 django-notifications-hq>=1.6.0,<1.7.0
    django-q>=0.9.0,<1.3.4 django-registration>=3.1,<3.1.2
4.1 django.contrib.auth.views:SuccessURLAllowedHostsMixin django-two-factor-auth>=1.13.2,<1.14.0
4.2 django.http.multipartparser:parse_header djangorestframework>=3.12.0,<3.14.0
5.0 django.utils.baseconv django-q>=1.3.4,<=1.3.9 django-q2<1.6.0 django-two-factor-auth>=1.14.0,<1.15.0
5.0 django.utils.datetime_safe django-haystack>=3.2.0,<3.3.0 django-import-export>=2.4.0,<2.6.0
5.0 django.utils.timezone:utc django-anymail<0.3 django-anymail>=8.0,<9.0
    djangorestframework-simplejwt>=4.5.0,<5.2.1
5.1 django.core.files.storage:get_storage_class django-compressor>=3.0,<4.5 django-silk>=4.2.0,<5.1.0
    easy-thumbnails>=2.8.1,<2.9
5.1 index_together django-cron>=0.6.0,<=0.6.0 django-notifications-hq>=1.7.0,<=1.8.3
    django-taggit>=1.0.0,<5.0.0
5.2 django.db.models.sql.where:SubqueryConstraint django-cacheops>=6.0,<7.2
6.0 django.utils.itercompat django-filter>=2.3.0,<24.1
6.1 django.utils.cache:cc_delim_re djangorestframework>=3.14.0,<3.18.0
"""
# Add-ons whose newest release is among those: what a build takes without a pin, too.
_NEWEST = """
django-celery==3.3.1 django-cron==0.6.0 django-jet==1.0.8 django-notifications-hq==1.8.3 django-q==1.3.9
django-rest-auth==0.9.5 django-suit==0.2.28 djangorestframework-jwt==1.11.0
"""
_LAST = dict(each.split("==") for each in _NEWEST.split())
# What came after an add-on that nobody maintains.
_INSTEAD = {
    "django-celery": "django-celery-beat",
    "django-jet": "django-jet-reboot",
    "django-rest-auth": "dj-rest-auth",
    "django-rest-swagger": "drf-spectacular",
    "djangorestframework-jwt": "drf-jwt",
}
# Add-ons that a boot may leave alone, and their modules that fail: loaded at the first upload or mail, with a
# part of the add-on only, or where DEBUG is True.
_IN_PART: dict[str, tuple[str, ...]] = {
    "channels": ("channels.auth", "channels.sessions", "channels.http"),
    "django-anymail": ("anymail.signals",),
    "django-cloudinary-storage": ("cloudinary_storage.storage",),
    "django-debug-toolbar": (),
    "django-silk": (),
    "django-storages": ("storages.backends.s3boto3",),
}
# What is no import: the placeholder of the cause's texts, and what the add-on does.
_OTHERWISE = {
    "assignment_tag": ("import", "registers an assignment_tag, which Django {django} no longer has"),
    "index_together": ("argument", "has index_together in Meta, which Django {django} does not take"),
    "on_delete": ("required", "makes a ForeignKey without on_delete, which Django {django} requires"),
    "providing_args": ("argument", "makes a Signal with providing_args, which Django {django} does not take"),
}


def check_django_addons(
    requirements: Requirements, resolution: Resolution, *, imported: Collection[str] | None = None
) -> Iterator[Evidence]:
    """Add-ons that fail as Django loads them, or at the first template or import of theirs.

    INSTALLED_APPS is not asked: an add-on that is required is taken for one that is used. `imported` are the
    modules that the web process imports, None where that is not known.
    """
    django = _version("django", requirements, resolution)
    if not django or resolution.clash is not None:
        return
    found = {
        package: (version, use)
        for package in dict.fromkeys((*(r.name for r in requirements), *resolution.chosen))
        if package in _uses()
        and (version := _version(package, requirements, resolution))
        and (use := _use(package, version, django))
    }
    held = bool(found) and not _is_pinned(requirements) and _may_be_older(requirements, found)
    for package, (version, use) in found.items():
        source = requirements.get(package) or whence(package, requirements, resolution)
        parts = _IN_PART.get(package)
        likely = not held and (parts is None or not set(parts).isdisjoint(imported or ()))
        key, words = _said(use.name)
        yield finding(
            "django-removed",
            Level.FAIL if likely else Level.WARN,
            Confidence.LIKELY if likely else Confidence.POSSIBLE,
            f"{package} {version} {words.format(django=django)}",
            source.where if source else "",
            **{key: use.name if key == "part" else use.name.rpartition(":")[2]},
            package=package,
            version=version,
            package_version=version,
            django=django,
            newer=_first_good(package, version, django),
            instead=_INSTEAD.get(package),
        )


def _said(name: str) -> tuple[str, str]:
    """Which placeholder of the cause's texts the name fills, and what the add-on does with it."""
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    module, colon, last = name.partition(":")
    return "import" if colon else "part", f"imports {last or module}, which Django {{django}} no longer has"


@lru_cache(1)
def _uses() -> dict[str, tuple[_Use, ...]]:
    """The table by add-on."""
    found: dict[str, list[_Use]] = {}
    for line in _GONE.replace("\n    ", " ").split("\n"):
        since, name, *addons = line.split() or ("", "")
        for each in addons:
            end = next(index for index, letter in enumerate(each) if letter in "<>=")
            found.setdefault(each[:end], []).append(_Use(each[end:], since, name))
    return {addon: tuple(uses) for addon, uses in found.items()}


def _use(package: str, version: str, django: str) -> _Use | None:
    """What that release of an add-on uses that this Django does not have."""
    return next(
        (
            use
            for use in _uses()[package]
            if releases.within(version, use.versions) and releases.within(django, f">={use.since}.dev0")
        ),
        None,
    )


def _first_good(package: str, version: str, django: str) -> str:
    """The first release after it that has no such use; empty where there is none."""
    while (use := _use(package, version, django)) is not None:
        bounds = [each[1:] for each in use.versions.split(",") if each[0] == "<" and each[1] != "="]
        if not bounds:
            return ""
        version = bounds[0]
    return version


def _version(package: str, requirements: Requirements, resolution: Resolution) -> str:
    """The version that will be installed; empty where it can't be told, or where it is none of the index."""
    asked = requirements.get(package)
    if asked is not None and (asked.source or asked.version):
        return "" if asked.source else asked.version
    if package in resolution.chosen:
        return resolution.chosen[package].version
    if asked is None:
        return ""
    bound = requirements.constraints.get(package)
    if bound is not None and bound.version:
        return bound.version
    last = _LAST.get(package, "")
    return last if last and releases.within(last, str(asked.specifier)) else ""


def _is_pinned(requirements: Requirements) -> bool:
    """Whether the project itself says which Django it gets."""
    named = (requirements.get("django"), requirements.constraints.get("django"))
    return requirements.is_locked or any(each is not None and each.version for each in named)


def _may_be_older(requirements: Requirements, found: Collection[str]) -> bool:
    """Whether something else, whose needs the table of releases lacks, may want an older Django."""
    return any(
        r.name.startswith(("django", "drf", "wagtail")) or "django" in brings(r.name, r.extras)
        for r in requirements
        if r.name and (r.version or r.specifier) and r.name not in found and not releases.knows(r.name)
    )
