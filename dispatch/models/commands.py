"""What people did by the command line."""

from django.db import models
from django.db.models import Q

from dispatch.models.incidents import Incident


class Command(models.Model):
    """One command that changed something, so that the same line sent twice is done once, and its person can take it
    back. What was done and said stands where every verb writes it; no word that was typed is kept here.
    """

    key = models.CharField(max_length=64, help_text="Made by the page for each line.")
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()
    row = models.CharField(max_length=20, help_text="Its name in the table of commands.")
    said = models.CharField(max_length=300, help_text="The answer: callsigns, numbers and codes in a sentence.")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="commands")
    other = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="+")
    subject_id = models.UUIDField(null=True, help_text="The assignment, hold, link, hand-off or unit that it made.")
    entry = models.BigIntegerField(help_text="The newest journal entry when it was done: what came since is later.")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["by_id", "-id"], name="command_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["by_id", "key"], name="command_once"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(said=""), name="command_says_what_it_did"),
        ]

    def __str__(self) -> str:
        return self.said
