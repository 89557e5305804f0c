"""How a person has set the console for themselves."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Desk(models.Model):
    """What one person filters the board by, and what sounds for them. Only a view of theirs: it changes nothing for
    anybody else, so no journal entry tells of it."""

    class Sound(models.TextChoices):
        """What may sound besides a duress, which always does."""

        OVERDUE = "overdue", _("Something has waited longer than promised")
        NEW = "new", _("A new incident stands on the board")
        RETURNED = "returned", _("A team that was asked does not come")
        MESSAGE = "message", _("A colleague writes to you, or asks for help")

    person = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="desk")
    programs: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=50), default=list, help_text="Slugs; empty: all."
    )
    areas: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=80), default=list, help_text="Names; empty: all."
    )
    sounds: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=20), default=list)
    volume = models.PositiveSmallIntegerField(default=40, help_text="Percent.")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sounds__contained_by=["overdue", "new", "returned", "message"]),
                name="desk_sounds_are_known",
            ),
            models.CheckConstraint(condition=Q(volume__gte=10, volume__lte=100), name="desk_is_to_be_heard"),
        ]

    def __str__(self) -> str:
        return f"desk of {self.person_id}"
