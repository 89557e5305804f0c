"""The addresses of the live process: the streams, and its own health. Pages are elsewhere (config/urls.py)."""

from django.urls import path

from config import health
from dispatch.views.live import live_console

urlpatterns = [
    path("live/console/", live_console, name="live-console"),
    path("live/healthz", health.healthz, name="live-healthz"),
]
