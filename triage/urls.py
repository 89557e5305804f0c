from django.urls import path

from triage.views import beginning, editing, examples, public, reading, reviewing, trying

app_name = "triage"
_DRAFT = "policies/<slug:slug>/<str:version>"
urlpatterns = [
    path("public/policies/", public.public_policies, name="public-policies"),
    path("public/policies/<slug:slug>/", public.public_policy, name="public-policy"),
    path("policies/", reading.policies, name="policies"),
    # Not below policies/, where every word may be the name of one.
    path("policy-new/", beginning.policy_new, name="policy-new"),
    path("policies/<slug:slug>/", reading.policy, name="policy"),
    path("policies/<slug:slug>/drafts/begin/", beginning.draft_new, name="draft-new"),
    path(f"{_DRAFT}/", reading.version, name="version"),
    path(f"{_DRAFT}/differences/<str:other>/", reviewing.differences, name="differences"),
    path(f"{_DRAFT}/edit/", editing.edit, name="edit"),
    path(f"{_DRAFT}/edit/settings/", editing.settings, name="settings"),
    path(f"{_DRAFT}/edit/rule-new/", editing.rule_new, name="rule-new"),
    path(f"{_DRAFT}/edit/rule-move/", editing.rule_move, name="rule-move"),
    path(f"{_DRAFT}/edit/rule-remove/", editing.rule_remove, name="rule-remove"),
    path(f"{_DRAFT}/edit/rules/<str:rule>/", editing.rule, name="rule"),
    path(f"{_DRAFT}/edit/example/", examples.example, name="example"),
    path(f"{_DRAFT}/edit/example-remove/", examples.example_remove, name="example-remove"),
    path(f"{_DRAFT}/edit/findings/", editing.findings, name="findings"),
    path(f"{_DRAFT}/edit/discard/", beginning.draft_discard, name="draft-discard"),
    path(f"{_DRAFT}/try/", trying.try_it, name="try"),
    path(f"{_DRAFT}/submit/", reviewing.submit, name="submit"),
    path(f"{_DRAFT}/send-back/", reviewing.send_back, name="send-back"),
    path(f"{_DRAFT}/retire/", reviewing.retire, name="retire"),
]
