from django.urls import path

from triage import views

app_name = "triage"
urlpatterns = [
    path("", views.policies, name="policies"),
    path("<slug:slug>/", views.policy, name="policy"),
]
