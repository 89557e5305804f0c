"""The commands of the command line: one table, from which come its parser, its completion, its help and its page in the
docs. What each of them does stands in `carrying` under its name.

Whoever adds a row says what takes it back, or why nothing does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.access import May, allows
from dispatch.commands.grammar import Kind, Needed, Phrase, Slot
from dispatch.dispositions import DISPOSITIONS, RESOLVING
from dispatch.models import ASSIGNMENT_STAMPS, Assignment, HandoffTo, Hold, Incident

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, kw_only=True)
class Row(Phrase):
    """`undo` names what takes it back (`undoing`); `stands` says why nothing does, and what can be done instead. Both
    are empty for what changes nothing."""

    may: May
    undo: str = ""
    stands: "_StrOrPromise" = ""

    @property
    def changes(self) -> bool:
        return bool(self.undo or self.stands)

    @property
    def usage(self) -> str:
        """As help spells it, with what may be left out in brackets."""
        return " ".join([self.word, *(_spelled(slot) for slot in self.slots)])

    @property
    def also(self) -> str:
        """The other words for it."""
        return ", ".join(self.words[1:])

    @property
    def lists(self) -> list[tuple[str, list[str]]]:
        """What there is to choose from, by the name of its slot."""
        return [(slot.called, list(slot.choices)) for slot in self.slots if slot.choices]


@dataclass(frozen=True)
class Group:
    title: "_StrOrPromise"
    rows: Sequence[Row]


def _spelled(slot: Slot) -> str:
    return slot.called if slot.needed is Needed.ALWAYS else f"[{slot.called}]"


# What slots are called, and what a refusal says is wanted.
_NAMES = (
    gettext_noop("team"), gettext_noop("a team"), gettext_noop("incident"), gettext_noop("an incident"),
    gettext_noop("other incident"), gettext_noop("another incident"), gettext_noop("words"), gettext_noop("until"),
    gettext_noop("an until"), gettext_noop("disposition"), gettext_noop("a disposition"), gettext_noop("agency"),
    gettext_noop("an agency"), gettext_noop("reason"), gettext_noop("a reason"), gettext_noop("stamp"),
    gettext_noop("a stamp"), gettext_noop("time of day"), gettext_noop("a time of day"),
    gettext_noop("person"), gettext_noop("a person"),
)  # fmt: skip

_TEAM = Slot("team", Kind.TEAM)
_THEIR_TEAM = Slot("team", Kind.TEAM, needed=Needed.UNLESS_FOCUS)
_INCIDENT = Slot("incident", Kind.INCIDENT)
_FOCUS = Slot("incident", Kind.INCIDENT, needed=Needed.UNLESS_FOCUS)
_OTHER = Slot("other incident", Kind.INCIDENT)
_WORDS = Slot("words", Kind.WORDS)
_MORE = Slot("words", Kind.WORDS, needed=Needed.NEVER)
_UNTIL = Slot("until", Kind.UNTIL, needed=Needed.NEVER)


def _choice(name: str, choices: "Sequence[tuple[str, _StrOrPromise]]") -> Slot:
    return Slot(name, Kind.CHOICE, dict(choices))


_DISPOSITION = _choice("disposition", [(slug, each.label) for slug, each in DISPOSITIONS.items()])
_END = _choice("disposition", [(slug, each.label) for slug, each in RESOLVING.items()])
_AGENCY = _choice("agency", HandoffTo.choices)
_REPORTED = _("what a team said stands: TIME puts its moment right")


def _report(name: str, words: tuple[str, ...], does: "_StrOrPromise", example: str) -> Row:
    """What a team says by radio and somebody enters for it."""
    return Row(name, words, (_THEIR_TEAM,), does, example, may=May.MOVE_UNITS, stands=_REPORTED)


GROUPS = (
    Group(
        _("Teams"),
        (
            Row(
                "offer", ("D", "OFFER"), (_TEAM, _FOCUS), _("asks a team whether it goes"), "D PSR3 1042",
                may=May.DISPATCH, undo="withdraw",
            ),
            Row(
                "send", ("S", "SEND"), (_TEAM, _FOCUS), _("assigns a team that said yes by radio"), "S PSR3 1042",
                may=May.DISPATCH, undo="withdraw",
            ),
            Row(
                "withdraw", ("W", "WITHDRAW"), (_TEAM, _WORDS), _("takes an offer or a team back, and says why"),
                "W PSR3 nearer team is free", may=May.DISPATCH, stands=_("offer it again with D"),
            ),
            _report("accept", ("A", "ACCEPT"), _("the team said yes by radio"), "A PSR3"),
            Row(
                "decline", ("DEC", "DECLINE"), (_TEAM, _choice("reason", Assignment.Reason.choices), _MORE),
                _("the team said no by radio; the next is asked"), "DEC PSR3 too_far",
                may=May.MOVE_UNITS, stands=_("another team may be asked by now: offer it again with D"),
            ),
            _report("en_route", ("EN", "ER"), _("the team is on its way"), "EN PSR3"),
            _report("staged", ("ST", "STAGED"), _("the team waits nearby"), "ST PSR3"),
            _report("on_scene", ("OS", "AR"), _("the team is on scene"), "OS PSR3"),
            _report("on_scene_meant", ("OS!", "AR!"), _("on scene although it was to stage first"), "OS! PSR3"),
            _report("transporting", ("TR",), _("the team is taking somebody somewhere"), "TR PSR3"),
            _report("at_destination", ("AD",), _("the team is there"), "AD PSR3"),
            Row(
                "clear", ("C", "CLEAR"), (_THEIR_TEAM, _DISPOSITION, _MORE),
                _("the team is done, and this is what came of it"), "C PSR3 referred",
                may=May.MOVE_UNITS, stands=_("the team may be on its way elsewhere: RE opens the incident again"),
            ),
            Row(
                "radioed", ("RADIO",), (_THEIR_TEAM,), _("you told the team of the change by radio, and it has heard"),
                "RADIO PSR3", may=May.MOVE_UNITS, stands=_("it has heard: radio it again"),
            ),
            Row(
                "duress", ("DURESS",), (_TEAM,), _("you have the duress of this team"), "DURESS PSR3",
                may=May.DISPATCH, stands=_("somebody must have it: it stands until it is cleared on its banner"),
            ),
            _report("checked_in", ("OK",), _("the team is all right, by radio"), "OK PSR3"),
            Row(
                "out_of_service", ("OUT",), (_TEAM, _WORDS), _("takes a team out of service, and says why"),
                "OUT PSR3 flat tyre", may=May.MOVE_UNITS, undo="in_service",
            ),
            Row(
                "in_service", ("AV",), (_TEAM,), _("the team is available again"), "AV PSR3",
                may=May.MOVE_UNITS, stands=_("take it out of service again with OUT"),
            ),
            Row(
                "correct", ("TIME",),
                (
                    _TEAM,
                    _choice("stamp", [(name, _(name.replace("_", " "))) for name in ASSIGNMENT_STAMPS]),
                    Slot("time of day", Kind.CLOCK),
                    _WORDS,
                ),
                _("puts right when a team did something, and says why"), "TIME PSR3 on_scene 18:05 entered late",
                may=May.DISPATCH, stands=_("put it right once more with TIME"),
            ),
        ),
    ),
    Group(
        _("Incidents"),
        (
            Row(
                "go", ("G", "GO"), (_INCIDENT,), _("goes to an incident; its number alone does, too"), "G 1042",
                bare=True, may=May.WATCH,
            ),
            Row(
                "find", ("F", "FIND"), (_WORDS,), _("finds by name, phone, address or number, in the last 30 days"),
                "F byron", may=May.READ_CALLS,
            ),
            Row(
                "note", ("N", "NOTE"), (_FOCUS, _WORDS), _("adds words to the newest call"), "N 1042 gate code 4471",
                may=May.TAKE_CALLS, stands=_("what was said is never taken away: add what is right with N"),
            ),
            Row(
                "hold", ("H", "HOLD"), (_FOCUS, _choice("reason", Hold.Reason.choices), _UNTIL, _MORE),
                _("lets it wait, 15 minutes or until you say (+30, 18:30)"), "H 1042 caller_asks +30 sister is coming",
                may=May.DISPATCH, undo="release",
            ),
            Row(
                "release", ("R", "RELEASE"), (_FOCUS,), _("ends the hold"), "R 1042",
                may=May.DISPATCH, stands=_("put it on hold again with H"),
            ),
            Row(
                "take", ("T", "TAKE"), (_FOCUS,), _("you see to it; the search for a team rests"), "T 1042",
                may=May.DISPATCH, undo="resume",
            ),
            Row(
                "merge", ("M", "MERGE"), (_INCIDENT, _OTHER), _("moves the calls of the first into the second"),
                "M 1042 1043", may=May.DISPATCH, undo="unmerge",
            ),
            Row(
                "unmerge", ("UM", "UNMERGE"), (_FOCUS,), _("takes a merge back"), "UM 1042",
                may=May.DISPATCH, stands=_("merge them again with M"),
            ),
            Row(
                "link", ("L", "LINK"), (_INCIDENT, _OTHER, _WORDS), _("shows each on the other, with what they share"),
                "L 1042 1043 same house", may=May.DISPATCH, undo="unlink",
            ),
            Row(
                "hand_off", ("X", "XFER"), (_FOCUS, _AGENCY), _("asks another agency; you then tell them"),
                "X 1042 police", may=May.HAND_OFF, undo="ask_no_more",
            ),
            Row(
                "told", ("TOLD",), (_FOCUS, _AGENCY, _MORE), _("the agency was told by phone, and whom you spoke with"),
                "TOLD 1042 police Sgt Lee", may=May.HAND_OFF, stands=_("they know of it now: phone them"),
            ),
            Row(
                "close", ("CL", "CLOSE"), (_FOCUS, _END), _("ends it with what came of it"), "CL 1042 settled_by_phone",
                may=May.DISPATCH, undo="reopen",
            ),
            Row(
                "cancel", ("CAN", "CANCEL"), (_FOCUS, _choice("reason", Incident.CancelReason.choices), _MORE),
                _("ends it: it needs nothing after all"), "CAN 1042 mistake", may=May.DISPATCH, undo="reopen",
            ),
            Row(
                "reopen", ("RE", "REOPEN"), (_FOCUS, _WORDS), _("it is not over, and why"), "RE 1042 he is back",
                may=May.DISPATCH, stands=_("end it again with CL or CAN"),
            ),
            Row(
                "override", ("O", "OVERRIDE"), (_FOCUS,), _("leads to where you override the decision"), "O 1042",
                may=May.OVERRIDE,
            ),
        ),
    ),
    Group(
        _("Colleagues"),
        (
            Row(
                "ask_help", ("HELP",), (_MORE,), _("asks all supervisors for help, until one sees to it"),
                "HELP he has a knife", may=May.WATCH, undo="need_no_help",
            ),
            Row(
                "message", ("MSG",), (Slot("person", Kind.PERSON), _WORDS),
                _("writes to a position: a supervisor to anybody, anybody to a supervisor"), "MSG dan take 1042 first",
                may=May.WATCH, stands=_("it may be read by now: write again with MSG"),
            ),
        ),
    ),
    Group(
        _("Moving about"),
        (
            Row("new", ("NEW",), (), _("takes a new call"), "NEW", may=May.TAKE_CALLS),
            Row("queue", ("Q",), (), _("to the queue"), "Q", may=May.WATCH),
            Row("units", ("U",), (), _("to the units"), "U", may=May.WATCH),
            Row("map", ("MAP",), (), _("to the map"), "MAP", may=May.WATCH),
            Row("board", ("B",), (), _("to what needs attention"), "B", may=May.WATCH),
            Row(
                "undo", ("UNDO",), (), _("takes back what you did last here, in the last 10 minutes"), "UNDO",
                may=May.WATCH,
            ),
            Row("help", ("?",), (), _("shows all of this"), "?", may=May.WATCH),
        ),
    ),
)  # fmt: skip

ROWS = {row.name: row for group in GROUPS for row in group.rows}


def _check() -> None:
    """No word means two things."""
    words = [word for row in ROWS.values() for word in row.words]
    doubled = {word for word in words if words.count(word) > 1}
    assert not doubled, f"two commands are called {doubled}"


_check()


def rows_for(user: object) -> list[Row]:
    """The commands of this person, in the order of the table."""
    return [row for row in ROWS.values() if allows(user, row.may)]


def groups_for(user: object) -> Iterator[Group]:
    """The same, as help shows them."""
    for group in GROUPS:
        if rows := [row for row in group.rows if allows(user, row.may)]:
            yield Group(group.title, rows)
