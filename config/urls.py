"""Every address: pages, the API, health."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.api import Journal
from config import docs, health, metrics, views
from dispatch.api import assignments, calls, handoffs, incidents, lifecycle, units
from insights.api import Ledger, LedgerSheet
from responders.api import ShiftList
from triage.api import Decide, PolicyList

api = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs.docs, name="docs"),
    path("calls/", calls.CallList.as_view(), name="calls"),
    path("calls/<uuid:id>/", calls.CallDetail.as_view(), name="call"),
    path("incidents/", incidents.IncidentList.as_view(), name="incidents"),
    path("incidents/<uuid:id>/", incidents.IncidentDetail.as_view(), name="incident"),
    path("incidents/<uuid:id>/timeline/", incidents.Timeline.as_view(), name="timeline"),
    path("incidents/<uuid:id>/offers/", incidents.OfferList.as_view(), name="offers"),
    path("incidents/<uuid:id>/diversions/", incidents.Diversions.as_view(), name="diversions"),
    path("incidents/<uuid:id>/hold/", incidents.HoldView.as_view(), name="hold"),
    path("incidents/<uuid:id>/release/", incidents.Release.as_view(), name="release"),
    path("incidents/<uuid:id>/recommendations/", incidents.Recommendations.as_view(), name="recommendations"),
    path("incidents/<uuid:id>/assignments/", incidents.AssignmentList.as_view(), name="assignments"),
    path("incidents/<uuid:id>/close/", lifecycle.Close.as_view(), name="close"),
    path("incidents/<uuid:id>/cancel/", lifecycle.Cancel.as_view(), name="cancel"),
    path("incidents/<uuid:id>/reopen/", lifecycle.Reopen.as_view(), name="reopen"),
    path("incidents/<uuid:id>/merge/", lifecycle.Merge.as_view(), name="merge"),
    path("incidents/<uuid:id>/unmerge/", lifecycle.Unmerge.as_view(), name="unmerge"),
    path("incidents/<uuid:id>/split/", lifecycle.Split.as_view(), name="split"),
    path("incidents/<uuid:id>/links/", lifecycle.Links.as_view(), name="links"),
    path("incidents/<uuid:id>/links/<uuid:link>/", lifecycle.Link.as_view(), name="link"),
    path("incidents/<uuid:id>/corrections/", lifecycle.Corrections.as_view(), name="corrections"),
    path("assignments/<uuid:id>/status/", assignments.AssignmentStatus.as_view(), name="assignment-status"),
    path("handoffs/", handoffs.HandoffList.as_view(), name="handoffs"),
    path("handoffs/<uuid:id>/", handoffs.HandoffDetail.as_view(), name="handoff"),
    path("handoffs/received/<uuid:id>/", handoffs.ReferralDetail.as_view(), name="referral"),
    path("handoffs/<uuid:id>/acknowledge/", handoffs.Acknowledge.as_view(), name="handoff-acknowledge"),
    path("handoffs/<uuid:id>/refuse/", handoffs.Refuse.as_view(), name="handoff-refuse"),
    path("handoffs/<uuid:id>/return/", handoffs.Return.as_view(), name="handoff-return"),
    path("units/", units.UnitList.as_view(), name="units"),
    path("shifts/", ShiftList.as_view(), name="shifts"),
    path("policies/", PolicyList.as_view(), name="policies"),
    path("triage/decide/", Decide.as_view(), name="decide"),
    path("ledger/", Ledger.as_view(), name="ledger"),
    path("ledger.csv", LedgerSheet.as_view(), name="ledger-csv"),
    path("journal/", Journal.as_view(), name="journal"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("words/<str:language>/<str:stamp>.js", views.words, name="words"),
    path("accounts/", include("accounts.urls")),
    path("", include("dispatch.urls")),
    path("field/", include("field.urls")),
    path("policies/", include("planning.urls")),
    path("insights/", include("insights.urls")),
    path("", include("triage.urls")),
    path("api/v1/", include((api, "api"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.broken"
