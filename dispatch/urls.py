"""The console's addresses. `/` itself is config's: it leads everyone to where their work is."""

from django.urls import path

from dispatch.views import alerts, assignments, calls, ending, handoffs, incident, ladder, map, overrides, safety, type_maps

app_name = "dispatch"
urlpatterns = [
    path("calls/new/", calls.call_new, name="call-new"),
    path("calls/weigh/", calls.call_weigh, name="call-weigh"),
    path("calls/<uuid:id>/answer/", calls.call_answer, name="call-answer"),
    path("calls/<uuid:id>/amend/", calls.call_amend, name="call-amend"),
    path("calls/<uuid:id>/caller-gone/", calls.call_caller_gone, name="call-caller-gone"),
    path("incidents/<int:number>/", incident.incident, name="incident"),
    path("incidents/<int:number>/offer/", assignments.offer, name="offer"),
    path("incidents/<int:number>/send/", assignments.send, name="send"),
    path("incidents/<int:number>/hand-off/", handoffs.handoff_propose, name="handoff-propose"),
    path("incidents/<int:number>/override/", overrides.override, name="override"),
    path("overrides/", overrides.overrides, name="overrides"),
    path("overrides/<uuid:id>/review/", overrides.override_review, name="override-review"),
    path("overrides/<uuid:id>/lift/", overrides.override_lift, name="override-lift"),
    path("incidents/<int:number>/close/", ending.close, name="close"),
    path("incidents/<int:number>/cancel/", ending.cancel, name="cancel"),
    path("incidents/<int:number>/ladder/", ladder.ladder, name="ladder"),
    path("ladder/<uuid:id>/answer/", ladder.ladder_answer, name="ladder-answer"),
    path("types/", type_maps.type_maps, name="type-maps"),
    path("map/features/", map.map_features, name="map-features"),
    path("map/areas/", map.map_areas, name="map-areas"),
    path("assignments/<uuid:id>/withdraw/", assignments.withdraw, name="withdraw"),
    path("assignments/<uuid:id>/status/", assignments.assignment_status, name="assignment-status"),
    path("handoffs/<uuid:id>/packet/", handoffs.handoff_packet, name="handoff-packet"),
    path("handoffs/<uuid:id>/tell/", handoffs.handoff_tell, name="handoff-tell"),
    path("handoffs/<uuid:id>/refuse/", handoffs.handoff_refuse, name="handoff-refuse"),
    path("handoffs/<uuid:id>/acknowledge/", handoffs.handoff_acknowledge, name="handoff-acknowledge"),
    path("assignments/<uuid:id>/checked-in/", safety.checked_in, name="checked-in"),
    path("assignments/<uuid:id>/backup/", safety.backup_wanted, name="backup-wanted"),
    path("backups/<uuid:id>/decide/", safety.backup_decide, name="backup-decide"),
    path("duress/<uuid:id>/acknowledge/", safety.duress_acknowledge, name="duress-acknowledge"),
    path("duress/<uuid:id>/clear/", safety.duress_clear, name="duress-clear"),
    path("alerts/<uuid:id>/radioed/", alerts.alert_radioed, name="alert-radioed"),
    path("handoffs/<uuid:id>/withdraw/", handoffs.handoff_withdraw, name="handoff-withdraw"),
    path("handoffs/<uuid:id>/return/", handoffs.handoff_return, name="handoff-return"),
]
