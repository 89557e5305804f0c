"""The steps of a ladder as a page shows them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dispatch import words
from dispatch.models import Run, Rung
from dispatch.plans.ladder import Do, Step


@dataclass(frozen=True)
class Shown:
    """A step of a run: what it does, where it stands, and whether a person may still answer it."""

    step: Step
    rung: Rung | None

    @property
    def text(self) -> str:
        if self.step.do is Do.OFFER:
            told = {"minutes": self.step.minutes, "many": self.step.at_once}
            match bool(self.step.minutes), self.step.at_once > 1:
                case True, True:
                    asked = _("Teams that can be there in %(minutes)s min are asked, %(many)s at once") % told
                case True, False:
                    asked = _("Teams that can be there in %(minutes)s min are asked") % told
                case False, True:
                    asked = _("All teams are asked, %(many)s at once") % told
                case _others:
                    asked = _("All teams are asked")
            if self.step.supersede_levels:
                turned = _("%(asked)s; if none is free, one that has not answered for something less urgent")
                return turned % {"asked": asked}
            return asked
        return words.ladder_step(self.step.do, self.step.to)

    @property
    def asks(self) -> bool:
        return self.rung is not None and self.rung.answered_at is None and self.step.do in (Do.PROPOSE, Do.CALL_BACK)

    @property
    def outcome(self) -> str:
        """What the proposal proposes, as the decision would say it."""
        return words.outcome(self.step.to)


def steps_of(run: Run) -> list[Shown]:
    """All steps of the run in their order."""
    rungs = {rung.index: rung for rung in run.rungs.all()}
    return [Shown(step, rungs.get(index)) for index, step in enumerate(run.ladder)]
