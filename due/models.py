"""What must happen, and when: rows, so that no crash and no empty broker can forget them."""

import uuid

from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _


class NextToken(Func):
    """Rises with each timer that is set: of two about the same, the one set later has the higher."""

    function = "nextval"
    output_field = models.BigIntegerField()

    def __init__(self) -> None:
        super().__init__(Value("due_timer_token"))


class Timer(models.Model):
    """Something to do at `due_at` about one subject. The registered handler of `kind` does it (`due.registry`).

    Timers are only ever added; a change of plan sets `cancelled_at`. A timer that fires for a state that has passed
    is the handler's to recognise, from the tables and by its `token`: one that was set later about the same fences it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    token = models.BigIntegerField(unique=True, db_default=NextToken(), editable=False)
    due_at = models.DateTimeField()
    set_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    acted = models.BooleanField(null=True, help_text="False when the state it watched had passed.")
    cancelled_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True, help_text="After a failure: not before this moment.")
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, help_text="The class of the last failure.")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="timer_pending", condition=Q(done_at=None, cancelled_at=None)),
            models.Index(fields=["subject_id"], name="timer_pending_of", condition=Q(done_at=None, cancelled_at=None)),
            models.Index(fields=["done_at"], name="timer_done", condition=Q(done_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(done_at=None) | Q(cancelled_at=None), name="timer_ends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id} at {self.due_at:%H:%M:%S}"


class Message(models.Model):
    """The outbox: something to tell a person outside a page. Sent by the registered sender of `kind`.

    It goes out at most once: claimed, committed, then handed to the provider. One that the provider has refused is
    tried again, ever later; what is not sent by `deadline` is dropped and says so. The timer behind it is the safety
    net, not a second copy.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"  # a provider has taken it
        FAILED = "failed"  # no provider has, or nobody knows whether one did
        MISSED = "missed"  # its time was over before it could be tried
        MOOT = "moot"  # nobody need be told any more

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    recipient_id = models.UUIDField()
    subject_id = models.UUIDField()
    occasion = models.PositiveIntegerField(default=0, help_text="Told again about the same: which time this is.")
    put_at = models.DateTimeField()
    deadline = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was handed to a provider.")
    retry_at = models.DateTimeField(null=True, help_text="After a failure: not before this moment.")
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, help_text="Why it is not sent, as a code: never an address.")

    class Meta:
        indexes = [
            models.Index(fields=["put_at"], name="message_open", condition=Q(status__in=["pending", "sending"])),
            models.Index(fields=["put_at"], name="message_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "recipient_id", "subject_id", "occasion"], name="message_said_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}: {self.status}"


class Contact(models.Model):
    """One way to reach a person or a position (a program's on-call phone), in the order in which they are tried.

    The address is personal and secret: sealed (`due.sealing`), never shown whole again. `shown` is what is.
    """

    class Way(models.TextChoices):
        PUSH = "push", _("notice on this device")
        TEXT = "text", _("text message")
        VOICE = "voice", _("voice call")
        MAIL = "mail", _("mail")
        SERVICE = "service", _("chat or pager service")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField(help_text="A user or a program: what `Message.recipient_id` names.")
    way = models.CharField(max_length=10, choices=Way.choices)
    sealed = models.TextField()
    shown = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    rank = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "fingerprint"], name="contact_once_to_each"),
            models.CheckConstraint(
                condition=Q(way__in=["push", "text", "voice", "mail", "service"]), name="contact_way_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} of {self.owner_id}"


class Attempt(models.Model):
    """A message handed to one address, and what came of it: `outcome` is a code of `due.carriers`, empty when taken.

    Written before it is handed over: were we to die then, the row tells where it may have arrived.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="tries")
    page = models.UUIDField(help_text="Of kind, subject and occasion: the same for all who are told the same.")
    contact_id = models.UUIDField(help_text="No foreign key: the contact may be gone, what happened stays.")
    way = models.CharField(max_length=10)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["at"], name="attempt_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint", "page"],
                name="same_page_to_an_address_once",
                condition=Q(outcome__in=["", "handing-over", "unanswered"]),  # it was taken, or may have been
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way}: {self.outcome or 'taken'}"


class Heartbeat(models.Model):
    """When a clock was last heard from: one row for each worker and one for beat."""

    name = models.CharField(primary_key=True, max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
