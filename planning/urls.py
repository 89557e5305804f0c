from django.urls import path

from planning import views

app_name = "planning"
urlpatterns = [
    path("<slug:slug>/<str:version>/preview/", views.preview, name="preview"),
    path("<slug:slug>/<str:version>/preview/progress/", views.preview_progress, name="preview-progress"),
    path("<slug:slug>/<str:version>/preview/<uuid:call>/", views.preview_case, name="preview-case"),
    path("<slug:slug>/<str:version>/publish/", views.publish, name="publish"),
]
