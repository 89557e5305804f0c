from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("log-in/", views.log_in, name="log-in"),
    path("language/", views.language, name="language"),
    path("attend/", views.attend, name="attend"),
    path("unlock/", views.unlock, name="unlock"),
    path("log-out/", views.log_out, name="log-out"),
]
