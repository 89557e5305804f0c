"""Whether a team waits nearby before it goes near: for police, or for dispatch to call it in."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from dispatch import decisions
from dispatch.models import Incident
from dispatch.states import HandoffStatus
from journal.refusals import Refused


class Staging(StrEnum):
    """What it waits for."""

    UNTOLD = "untold"  # police go with it, and have not said that they are coming
    COMING = "coming"  # they have said so, and may not be there yet
    WORD = "word"  # the policy has it wait until it is called in

    @property
    def asks(self) -> bool:
        """Whether going on scene takes a person's word that it is meant."""
        return self is not Staging.COMING


_ASKED = {
    Staging.UNTOLD: _(
        "Police have not said yet that they are coming to incident %(number)s: stage nearby, or confirm that the "
        "team goes in without them."
    ),
    Staging.WORD: _("The team for incident %(number)s stages until it is called in: confirm that it was."),
}


class Unconfirmed(Refused):
    """It may be done, once somebody says that they mean it: the same again, confirmed."""


def waits_for(incident: Incident) -> Staging | None:
    """What a team stages for; None where it may go near at once."""
    if incident.outcome == "co_response":
        told = incident.handoffs.filter(to="police", status=HandoffStatus.ACKNOWLEDGED).exists()
        return Staging.COMING if told else Staging.UNTOLD
    decided = decisions.in_force(incident) if incident.outcome == "community" else None
    return Staging.WORD if decided and decided.decision["mode"] == "staged" else None


def guard_arrival(incident: Incident, *, confirmed: bool) -> Staging | None:
    """What a team that goes on scene was to wait for and did not, by a person's word. Unconfirmed without that."""
    waits = waits_for(incident)
    if waits is None or not waits.asks:
        return None
    if not confirmed:
        raise Unconfirmed(_ASKED[waits] % {"number": incident.number})
    return waits
