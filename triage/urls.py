from django.urls import path

from triage.views import public, reading

app_name = "triage"
urlpatterns = [
    path("public/policies/", public.public_policies, name="public-policies"),
    path("public/policies/<slug:slug>/", public.public_policy, name="public-policy"),
    path("policies/", reading.policies, name="policies"),
    path("policies/<slug:slug>/", reading.policy, name="policy"),
    path("policies/<slug:slug>/<str:version>/", reading.version, name="version"),
]
