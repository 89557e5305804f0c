"""The responder's addresses."""

from django.urls import path

from field import views

app_name = "field"
urlpatterns = [
    path("", views.page, name="page"),
    path("duress/", views.duress, name="duress"),
    path("sw.js", views.worker, name="worker"),
    path("alerts/<uuid:id>/seen/", views.alert_seen, name="alert-seen"),
    path("diversions/<uuid:id>/seen/", views.diversion_seen, name="diversion-seen"),
    path("<uuid:id>/accept/", views.accept, name="accept"),
    path("<uuid:id>/decline/", views.decline, name="decline"),
    path("<uuid:id>/check-in/", views.check_in, name="check-in"),
    path("<uuid:id>/backup/", views.backup, name="backup"),
    path("<uuid:id>/status/", views.status, name="status"),
    path("<uuid:id>/clear/", views.clear, name="clear"),
]
