"""Causes about what is installed: what is missing, and versions that do not fit each other."""

import re

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Rival, Seen
from diag.causes.raised import AT_BOOT, RAISED

_PUSH = 'git commit -am "Fix requirements" && git push heroku main'

# Names that Werkzeug, Jinja2, MarkupSafe and itsdangerous dropped; their sisters of older versions
# still import them. Werkzeug 3.0 and 2.1, Jinja2 3.1, MarkupSafe 2.1, itsdangerous 2.1: change logs.
_FLASK_FAMILY = re.compile(
    r"cannot import name '(?P<name>url_\w+|iri_to_uri|uri_to_iri|BaseRequest|BaseResponse|safe_str_cmp"
    r"|parse_rule|cached_property|escape|Markup|evalcontextfilter|contextfunction|contextfilter"
    r"|environmentfilter|soft_unicode|json|TimedJSONWebSignatureSerializer|JSONWebSignatureSerializer"
    r"|_unicodefun|get_filename|BuildError|secure_filename|FileStorage|generate_etag|wrap_file|Href)' "
    r"from '(?P<sister>werkzeug|jinja2|markupsafe|itsdangerous)\b"
)
# Flask 2.3 and 3.0, "Removed"; flask.ext and flask._compat before.
_FLASK_GONE = re.compile(
    r"cannot import name '(?P<name>JSONEncoder|JSONDecoder|Markup|escape|_app_ctx_stack|_request_ctx_stack"
    r"|safe_join|_unicodify|htmlsafe_dumps|total_seconds|ConfigAttribute|json_available)' "
    r"from 'flask\b(?!_)"
    r"|'(?:Flask|Blueprint)' object has no attribute '"
    r"(?P<attribute>before_first_request(?:_funcs)?|before_app_first_request|json_encoder|json_decoder"
    r"|propagate_exceptions|preserve_context_on_exception|env|session_cookie_name|send_file_max_age_default)'"
    r"|No module named '(?P<module_gone>flask\.(?:_compat|ext)\b[\w.]*)'"
    r"|module 'flask(?:\.json)?' has no attribute "
    r"'(?P<function>JSONEncoder|JSONDecoder|Markup|escape|_app_ctx_stack|_request_ctx_stack)'"
)
# Django's release notes, "Features removed", 2.0 to 5.0.
_DJANGO_GONE = re.compile(
    r"cannot import name '(?P<name>six|lru_cache|python_2_unicode_compatible|available_attrs|ContextDecorator"
    r"|ugettext\w*|ungettext\w*|force_text|smart_text|urlquote\w*|urlunquote\w*|is_safe_url|url|patterns"
    r"|ifilter|render_to_response|staticfiles|NullBooleanField|default_app_config|utc|FixedOffset"
    r"|pretty_name|curry|allow_lazy|escape_uri_path_legacy|Http404Legacy|EmptyResultSetLegacy|reverse_legacy"
    r"|unescape_entities|get_random_secret|string_concat|user_passes_test_legacy)' "
    r"from '(?:django\.|django')"
    r"|No module named '(?P<module_gone>django\.(?:utils\.(?:six|lru_cache|decorators2|importlib|simplejson"
    r"|_os_legacy|datetime_safe|unittest|tzinfo|datastructures_legacy)|core\.urlresolvers|core\.context_processors"
    r"|contrib\.admin\.templatetags\.admin_static|contrib\.staticfiles\.templatetags|contrib\.comments"
    r"|contrib\.formtools|conf\.urls\.defaults|db\.models\.permalink|contrib\.postgres\.fields\.jsonb"
    r"|db\.backends\.postgresql_psycopg2|core\.cache\.backends\.memcached_legacy|test\.utils_legacy)\b[\w.]*)'"
)
