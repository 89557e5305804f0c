"""Who goes: incidents, their decisions, assignments and hand-offs."""

from dispatch.models.agencies import AgencyLink
from dispatch.models.assignments import Alert, Assignment, Diversion, Round
from dispatch.models.commands import Command
from dispatch.models.desk import Desk
from dispatch.models.handoffs import Handoff, HandoffTo, agencies
from dispatch.models.holds import Hold
from dispatch.models.incidents import Incident, IncidentCall, IncidentDecision, NextNumber
from dispatch.models.ladder import Run, Rung
from dispatch.models.overrides import Override
from dispatch.models.paper import Downtime, PaperBlock, PaperForm
from dispatch.models.plans import Plan
from dispatch.models.positions import DeskMessage, Seat, Watch
from dispatch.models.presence import Presence
from dispatch.models.referrals import Referral
from dispatch.models.remarks import ASSIGNMENT_STAMPS, HANDOFF_STAMPS, INCIDENT_STAMPS, Correction, CrossLink, Remark
from dispatch.models.safety import Backup, CheckIn, Duress

__all__ = [
    "ASSIGNMENT_STAMPS",
    "HANDOFF_STAMPS",
    "INCIDENT_STAMPS",
    "AgencyLink",
    "Alert",
    "Assignment",
    "Backup",
    "CheckIn",
    "Command",
    "Correction",
    "CrossLink",
    "Desk",
    "DeskMessage",
    "Diversion",
    "Downtime",
    "Duress",
    "Handoff",
    "HandoffTo",
    "Hold",
    "Incident",
    "IncidentCall",
    "IncidentDecision",
    "NextNumber",
    "Override",
    "PaperBlock",
    "PaperForm",
    "Plan",
    "Presence",
    "Referral",
    "Remark",
    "Round",
    "Run",
    "Rung",
    "Seat",
    "Watch",
    "agencies",
]
