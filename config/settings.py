"""Settings, from the environment. docs/operations.md lists every variable."""

import os
from typing import Any

from csp.constants import NONE, SELF
from kombu import Queue
from psycopg.conninfo import conninfo_to_dict

from config import logs, tiles
from config.datadir import BASE_DIR, default_data_dir, kept_live_port

DATA_DIR = default_data_dir()


def _secret_key() -> str:
    """The key from the environment; for a single machine, one made at the first start and kept in DATA_DIR."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    from django.core.management.utils import get_random_secret_key

    path = DATA_DIR / "secret_key"
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two processes that start at once must end with the same key.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text().strip()


SECRET_KEY = _secret_key()
# The former ones, while what they sealed is still read.
SECRET_KEY_FALLBACKS = list(filter(None, os.environ.get("SECRET_KEY_FALLBACKS", "").split(",")))
DEBUG = os.environ.get("DEBUG") == "1"

# The address people type. https:// here switches on secure cookies and HSTS.
ORIGIN = os.environ.get("ORIGIN", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")
HTTPS = ORIGIN.startswith("https://")


def _live_origin() -> str:
    """Where the live streams are. Behind a proxy, the pages' own origin (empty); under `make run`, the same host with
    the port that the supervisor has chosen."""
    if (told := os.environ.get("LIVE_ORIGIN")) is not None:
        return told.rstrip("/")
    port = kept_live_port(DATA_DIR)
    return "" if HTTPS or port is None else f"{ORIGIN.rsplit(':', 1)[0] if ORIGIN.count(':') > 1 else ORIGIN}:{port}"


LIVE_ORIGIN = _live_origin()
ALLOWED_HOSTS = [
    *filter(None, os.environ.get("ALLOWED_HOSTS", "").split(",")),
    ORIGIN.split("://", 1)[1].rsplit(":", 1)[0],
    "localhost",
    "127.0.0.1",
]
CSRF_TRUSTED_ORIGINS = [ORIGIN]
# The map is drawn over tiles of this address; without it over a plain grid.
TILE_URL = os.environ.get("TILE_URL", "")
TILE_ATTRIBUTION = os.environ.get("TILE_ATTRIBUTION", "")
# An OSRM-compatible server knows how long a team takes; without it the straight line is driven at one speed.
ROUTING_URL = os.environ.get("ROUTING_URL", "").rstrip("/")
# Which feed speaks by which map of calls/type_maps/: "city-cad=portland, sheriff=san-antonio".
TYPE_MAPS = {
    source.strip(): name.strip()
    for source, _, name in (pair.partition("=") for pair in os.environ.get("TYPE_MAPS", "").split(",") if pair.strip())
}
# How many proxies stand in front, each of which adds to X-Forwarded-For.
PROXIES = int(os.environ.get("PROXIES", "0"))
# Messages to other agencies go to https alone; with DEBUG to a server on this machine, too.
WEBHOOKS_TO_LOOPBACK = DEBUG
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
CSRF_FAILURE_VIEW = "config.problems.csrf_failed"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "leaflet",
    "journal",
    "accounts",
    "due",
    "triage",
    "calls",
    "responders",
    "dispatch",
    "field",
    "planning",
    "insights",
    "config",
]

MIDDLEWARE = [
    "config.logs.RequestLog",
    "config.guard.NoNul",
    "config.loopback.OneName",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.speech.Speech",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "accounts.access.context",
                "config.context.live",
                "config.context.tiles",
                "config.context.words",
            ],
        },
    },
]

# No statement, no wait for a lock and no idle transaction lasts for ever: a process that is stopped in the middle
# would else hold its rows, and with them everybody. 0 for manage.py, whose migrations take as long as they take.
STATEMENT_SECONDS = int(os.environ.get("STATEMENT_SECONDS", "10"))
_LIMITS = {
    "statement_timeout": STATEMENT_SECONDS * 1000,
    "lock_timeout": STATEMENT_SECONDS * 500,
    "idle_in_transaction_session_timeout": STATEMENT_SECONDS * 2000,
}


def _database(url: str) -> dict[str, Any]:
    """Read by libpq itself, so that a URL may name several hosts: after a fail-over the one that takes writes is found
    by whoever connects next."""
    told: dict[str, Any] = dict(conninfo_to_dict(url))
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "config.postgres",
        **{ours: told.pop(theirs, "") for ours, theirs in names.items()},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in _LIMITS.items()),
            # Over a network: one that swallows everything is noticed, too.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
            **told,
        },
    }


# Without DATABASE_URL manage.py and the supervisor start an embedded server and set it (config/services.py).
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql://localhost/rightcall"))}
# One server, or the sentinels that know which it is: "sentinel://a:26379;sentinel://b:26379;sentinel://c:26379".
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
REDIS_MASTER = os.environ.get("REDIS_MASTER", "mymaster")
SENTINEL_PASSWORD = os.environ.get("SENTINEL_PASSWORD", "")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:log-in"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Five wrong passwords close one account to one address for five minutes. Not the account everywhere: a stranger
# could then lock out a dispatcher in the middle of the night.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 5 / 60
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.access.address_of"
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

SESSION_ENGINE = "accounts.sessions"  # knows whose each is: nobody who has logged out everywhere is paged
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# After how many minutes without a touch the screen of a role locks; a role that is not named is never locked. A
# responder's phone has a lock of its own, and a duress that waits for a password is none.
_LOCK_MINUTES = "call_taker=15,dispatcher=15,supervisor=10,analyst=5,administrator=5"
LOCK_MINUTES = {
    role.strip(): int(minutes)
    for role, _, minutes in (
        each.partition("=") for each in os.environ.get("LOCK_MINUTES", _LOCK_MINUTES).split(",") if each.strip()
    )
}
SESSION_COOKIE_AGE = 12 * 60 * 60  # one long shift
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# The proxy and the monitoring ask for these over plain http from within.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *filter(None, [tiles.origin_of(TILE_URL, https=HTTPS)])],
        "font-src": [SELF],
        "connect-src": [SELF, *filter(None, [LIVE_ORIGIN])],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# A page speaks its reader's language (accounts.speech), what is sent outside a request the site's.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"  # stored and computed in UTC; each program shows its own zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT")
STATICFILES_DIRS = [BASE_DIR / "static"]
# Without a collect step, files are found in the wheels and the tree at start: so a fresh clone runs at once.
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
if STATIC_ROOT:  # names that change with their content, so that browsers may keep them for ever
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.bearer.ByTable"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.guard.PlainJson"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.problem",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rightcall",
    "DESCRIPTION": "Routes 911 calls to community responders.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.docs.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "IncidentStatus": "dispatch.api.shapes.INCIDENT_STATUS",
        "AssignmentStatus": "dispatch.api.shapes.ASSIGNMENT_STATUS",
        "HandoffStatus": "dispatch.api.shapes.HANDOFF_STATUS",
        "ReferralStatus": "dispatch.api.shapes.REFERRAL_STATUS",
        "ReportedStatus": "dispatch.api.assignments.STATUSES",
        "Disposition": "dispatch.api.shapes.DISPOSITION",
        "CancelReason": "dispatch.api.shapes.CANCEL_REASON",
        "ClosingDisposition": "dispatch.api.lifecycle.CLOSING",
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What is not acknowledged by then is delivered to another worker: longer than any task may take.
    "visibility_timeout": 900,
    "socket_keepalive": True,
    **(
        {"master_name": REDIS_MASTER, "sentinel_kwargs": {"password": SENTINEL_PASSWORD or None, "socket_timeout": 1}}
        if REDIS_URL.startswith("sentinel://")
        else {}
    ),
}
# A task is acknowledged once it is done, so whoever dies of it, or loses the broker meanwhile, leaves it to another:
# every task decides from the tables and may run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB, looked at between two tasks
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5_000
# Three queues, and the long one has processes of its own (config/supervisor.py): what takes minutes never stands before
# the tick.
CELERY_TASK_DEFAULT_QUEUE = "timers"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = [Queue("timers"), Queue("notices"), Queue("long")]
CELERY_TASK_ROUTES = {
    "due.tasks.tick": {"queue": "timers"},
    "due.tasks.send_notices": {"queue": "notices"},
    "calls.tasks.learn_weights": {"queue": "long"},
    "calls.tasks.learn_places": {"queue": "long"},
    "planning.tasks.work_on_previews": {"queue": "long"},
}
# The second clock: an expired tick is dropped, never piled up.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "due.tasks.tick", "schedule": 1.0, "options": {"expires": 5}},
    "notices": {"task": "due.tasks.send_notices", "schedule": 5.0, "options": {"expires": 5}},
    "places": {"task": "calls.tasks.learn_places", "schedule": 60.0, "options": {"expires": 50}},
    "weights": {"task": "calls.tasks.learn_weights", "schedule": 3600.0, "options": {"expires": 600}},
    "previews": {"task": "planning.tasks.work_on_previews", "schedule": 2.0, "options": {"expires": 2}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")

EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS") == "1"
EMAIL_TIMEOUT = 4  # for each step of six: a claim of the outbox holds 30 s
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "rightcall@localhost")

# How text messages and voice calls go out: an Apprise address in which {to} is the number.
TEXT_URL = os.environ.get("TEXT_URL", "")
VOICE_URL = os.environ.get("VOICE_URL", "")
# Which of Apprise's services people may enter themselves. Each of these knows its host: one that takes a host from the
# address (json://, ntfys://) lets whoever enters it have our workers ask that host, so it is here only by choice.
_SERVICES = "gchat,opsgenie,pagerduty,pover,signl4,slack,telnyx,tgram,twilio,vonage,wxteams"
CONTACT_SCHEMES = frozenset(os.environ.get("CONTACT_SCHEMES", _SERVICES).split(",")) - {""}
# Whose browsers we push to: a subscription names the address that our workers ask.
_BROWSERS = "fcm.googleapis.com,push.services.mozilla.com,notify.windows.com,web.push.apple.com"
PUSH_HOSTS = frozenset(os.environ.get("PUSH_HOSTS", _BROWSERS).split(",")) - {""}
# Whom a push service may write to about us.
VAPID_SUBJECT = ORIGIN if HTTPS else f"mailto:{DEFAULT_FROM_EMAIL}"

LOGGING = logs.configuration(os.environ.get("LOG_LEVEL", "INFO"))
