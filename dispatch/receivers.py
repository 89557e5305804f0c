"""What this app does when something is due. Registered once, when the app is ready."""

from dispatch import (
    alerts,
    assignments,
    cautioning,
    climbing,
    diverting,
    duress,
    escalation,
    holds,
    incidents,
    limits,
    notices,
    referrals,
    safety,
    webhooks,
)
from due.registry import CUT_OFFS, FINDERS, HANDLERS, SENDERS, UNTOLD


def register() -> None:
    HANDLERS[limits.EXPIRE] = escalation.expire_offer
    HANDLERS[limits.WATCH] = escalation.watch
    HANDLERS[limits.ANSWER] = escalation.answer
    HANDLERS[limits.REFERRAL] = referrals.remind
    HANDLERS[limits.RADIO] = alerts.radio
    HANDLERS[limits.LADDER] = climbing.step
    HANDLERS[limits.DIVERTED] = diverting.radio
    HANDLERS[limits.SERVE] = holds.serve
    HANDLERS[limits.OPEN] = escalation.open_call
    SENDERS[incidents.TO_THEIR_SYSTEM] = webhooks.send
    SENDERS[referrals.OUR_ANSWER] = webhooks.send_answer
    UNTOLD[incidents.TO_THEIR_SYSTEM] = webhooks.given_up
    HANDLERS[limits.CHECK_IN] = safety.miss
    HANDLERS[limits.BACKUP] = safety.undecided
    HANDLERS[limits.DURESS] = duress.remind
    SENDERS[assignments.OFFER_NOTICE] = notices.sender(notices.offer)
    SENDERS[climbing.SUPERVISOR_NOTICE] = notices.sender(notices.unserved)
    SENDERS[climbing.ON_CALL_NOTICE] = notices.sender(notices.unserved)
    SENDERS[diverting.NOTICE] = notices.sender(notices.diversion)
    SENDERS[safety.CHECK_IN_NOTICE] = notices.sender(notices.check_in)
    SENDERS[duress.NOTICE] = notices.sender(notices.duress)
    UNTOLD[assignments.OFFER_NOTICE] = notices.offer_untold
    CUT_OFFS[assignments.OFFER_NOTICE] = limits.STALE_OFFER
    FINDERS["incidents without a watch"] = escalation.find_unwatched
    FINDERS["offers past their window"] = escalation.find_expired
    FINDERS["hand-offs that nobody watches"] = escalation.find_unanswered
    FINDERS["diversions that nobody has seen"] = diverting.find_unseen
    FINDERS["scheduled incidents whose time has come"] = holds.find_unserved
    FINDERS["hand-offs to us that nobody watches"] = referrals.find_unanswered
    FINDERS["calls without an incident"] = escalation.find_unopened
    FINDERS["ladders that stand still"] = climbing.find_stopped
    FINDERS["alerts that nobody has seen"] = alerts.find_unseen
    FINDERS["teams that nobody waits to hear from"] = safety.find_unheard
    FINDERS["backup that nobody is asked about"] = safety.find_undecided
    FINDERS["incidents that a caution was not heard of"] = cautioning.find_unheard
    FINDERS["duress without a timer"] = duress.find_forgotten
