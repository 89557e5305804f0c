"""Who has an incident open just now. No history: nothing of it is in the journal, and rows are written over."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dispatch.models.incidents import Incident


class Presence(models.Model):
    """One person at one incident, in however many windows. Its table is not logged: a crash of Postgres empties it,
    and every open page is in it again seconds later."""

    class Part(models.TextChoices):
        """A part of the incident's page, by the id of its element."""

        QUESTIONS = "questions", _("answering questions")
        DECISION = "decision", _("editing the decision")
        TEAMS = "teams", _("editing the teams")
        HANDOFFS = "handoffs", _("editing a hand-off")
        CALLS = "calls", _("editing the call")
        TIMELINE = "timeline", _("correcting a time")
        ENDING = "ending", _("editing the end")

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    typing = models.CharField(max_length=10, choices=Part.choices, blank=True)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "incident"], name="presence_once")]

    def __str__(self) -> str:
        if not self.typing:
            return self.user.name
        return gettext("%(name)s is %(doing)s") % {"name": self.user.name, "doing": self.get_typing_display()}
