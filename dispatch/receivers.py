"""What this app does when something is due. Registered once, when the app is ready."""

from calls import drafts
from dispatch import (
    alerts,
    assignments,
    auditing,
    cautioning,
    climbing,
    desk_messages,
    diverting,
    duress,
    escalation,
    holds,
    limits,
    linking,
    notices,
    paper,
    referrals,
    safety,
    settling,
    watching,
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
    SENDERS[settling.TO_THEIR_SYSTEM] = webhooks.send
    SENDERS[referrals.OUR_ANSWER] = webhooks.send_answer
    SENDERS[linking.TEST] = webhooks.send_test
    UNTOLD[settling.TO_THEIR_SYSTEM] = webhooks.given_up
    UNTOLD[referrals.OUR_ANSWER] = webhooks.answer_given_up
    HANDLERS[limits.CHECK_IN] = safety.miss
    HANDLERS[limits.BACKUP] = safety.undecided
    HANDLERS[limits.DURESS] = duress.remind
    HANDLERS[limits.DOWNTIME] = paper.remind
    HANDLERS[limits.CAUTION] = cautioning.expire
    HANDLERS[limits.HELP] = desk_messages.remind
    SENDERS[assignments.OFFER_NOTICE] = notices.sender(notices.offer)
    SENDERS[climbing.SUPERVISOR_NOTICE] = notices.sender(notices.unserved)
    SENDERS[climbing.ON_CALL_NOTICE] = notices.sender(notices.unserved)
    SENDERS[diverting.NOTICE] = notices.sender(notices.diversion)
    SENDERS[safety.CHECK_IN_NOTICE] = notices.sender(notices.check_in)
    SENDERS[duress.NOTICE] = notices.sender(notices.duress)
    UNTOLD[assignments.OFFER_NOTICE] = notices.offer_untold
    CUT_OFFS[assignments.OFFER_NOTICE] = limits.STALE_OFFER
    FINDERS["what has nothing due"] = auditing.mend
    FINDERS["teams that nobody waits to hear from"] = safety.find_unheard
    FINDERS["incidents that a caution was not heard of"] = cautioning.find_unheard
    FINDERS["calls half taken that nobody took up"] = drafts.lapse
    FINDERS["messages that were kept long enough"] = desk_messages.forget
    FINDERS["watches that are over"] = watching.forget
