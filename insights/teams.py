"""Whether a team could have been asked while a call waited: told from shifts, assignments and the journal."""

from django.db.models import BooleanField, Func
from django.db.models.expressions import Combinable


class TeamWasFree(Func):
    """Whether at any moment from `begins` until `ends` a team of the program, with all the skills needed, was on shift,
    on no assignment and not out of service.

    The spans of its shifts, less those of its assignments, less those out of service: done in Postgres, for it has
    sets of spans, and a ledger asks this of each call that nobody went to. A unit has one open assignment at a time, so
    the ones of a wait are those offered in it and the one before; that keeps to an index, however old the unit is.
    """

    output_field = BooleanField()
    template = """EXISTS (
        SELECT FROM (VALUES (%(expressions)s)) AS wait (program, skills, begins, ends)
        JOIN responders_unit AS unit ON unit.program_id = wait.program AND unit.skills @> wait.skills
        WHERE NOT isempty((
            SELECT range_agg(shift.during * tstzrange(wait.begins, wait.ends)) FROM responders_shift AS shift
            WHERE shift.unit_id = unit.id AND shift.during && tstzrange(wait.begins, wait.ends)
        ) - coalesce((
            SELECT range_agg(tstzrange(busy.offered_at,
                greatest(busy.offered_at, coalesce(busy.cleared_at, busy.ended_at, 'infinity'))))
            FROM dispatch_assignment AS busy
            WHERE busy.unit_id = unit.id AND busy.offered_at < wait.ends AND busy.offered_at >= coalesce((
                SELECT max(before.offered_at) FROM dispatch_assignment AS before
                WHERE before.unit_id = unit.id AND before.offered_at <= wait.begins), wait.begins)
        ), '{}') - coalesce((
            SELECT range_agg(tstzrange(gone.at, (
                SELECT min(back.at) FROM journal_entry AS back
                WHERE back.kind = 'unit.in_service' AND back.subject_id = unit.id AND back.at >= gone.at)))
            FROM journal_entry AS gone
            WHERE gone.kind = 'unit.out_of_service' AND gone.subject_id = unit.id AND gone.at < wait.ends
        ), '{}')))"""

    def __init__(self, *, program: Combinable, skills: Combinable, begins: Combinable, ends: Combinable) -> None:
        super().__init__(program, skills, begins, ends)
