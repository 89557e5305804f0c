"""The addresses of the live process: the streams, and its own health. Pages are elsewhere (config/urls.py)."""

from django.urls import path

from config import health
from dispatch.views.live import live_console, live_duress, live_positions
from field.live import live_field

urlpatterns = [
    path("live/console/", live_console, name="live-console"),
    path("live/duress/", live_duress, name="live-duress"),
    path("live/positions/", live_positions, name="live-positions"),
    path("live/field/", live_field, name="live-field"),
    path("live/healthz", health.healthz, name="live-healthz"),
]

handler500 = "config.problems.broken"
