"""The kinds of timers, and the limits that are the same for every program; the others are its plan's."""

from datetime import timedelta

WATCH = "incident.watch"
EXPIRE = "assignment.expire"
OPEN = "call.open"
ANSWER = "handoff.answer"
REFERRAL = "referral.answer"
RADIO = "alert.radio"
LADDER = "ladder.step"
SERVE = "hold.serve"
DIVERTED = "diversion.radio"
CHECK_IN = "check_in.due"
BACKUP = "backup.decide"
DURESS = "duress.answer"
CAUTION = "caution.expiry"
DOWNTIME = "downtime.account"
HELP = "help.answer"

STALE_OFFER = timedelta(minutes=5)  # a page about an offer older than that wakes people for what is over
OFFER_WINDOW = timedelta(seconds=90)  # where no program says otherwise

TURNED = timedelta(seconds=30)  # a team is under way and the decision has turned: until it must be radioed
RADIO_AGAIN = timedelta(minutes=1)
BACKUP_AGAIN = timedelta(minutes=1)  # until a person has decided about it
DURESS_AGAIN = timedelta(minutes=1)  # until a person has it
HELP_AGAIN = timedelta(minutes=1)  # until a supervisor sees to it
DURESS_STANDS = timedelta(minutes=10)  # somebody has it, and it is not cleared: surfaced again
UNOPENED_WITHIN = timedelta(days=1)  # how far back the auditor looks for calls without an incident
DOWNTIME_AGAIN = timedelta(minutes=15)  # until each of its forms is accounted for
DELIVERY = timedelta(minutes=5)  # how long a message to their system is tried
