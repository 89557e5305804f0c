"""People, agencies and API tokens."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role, Scope


class Agency(models.Model):
    """An organisation that answers calls: a community team's, the police, the fire bureau, an ambulance service…"""

    class Kind(models.TextChoices):
        COMMUNITY = "community", _("community responders")
        PSAP = "psap", _("911 centre")
        POLICE = "police", _("police")
        FIRE = "fire", _("fire")
        EMS = "ems", _("ambulance")
        CRISIS_LINE = "crisis_line", _("crisis line")
        INFORMATION = "information", _("information line")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Usernames are stored in small letters; what is typed at log-in may have large ones."""
        return super().get_by_natural_key((username or "").lower())


class User(AbstractBaseUser):
    """A person who logs in. One role each: `accounts.access` says what it may do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120, help_text="As colleagues call them; shown beside what they did.")
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in Role])
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="people")
    is_active = models.BooleanField(default=True)
    language = models.CharField(
        max_length=10, blank=True, default="", db_default="", help_text="Of the pages; empty: the browser's."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="user_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor_id(self) -> uuid.UUID:
        return self.id

    @property
    def actor_name(self) -> str:
        return self.name


class Session(AbstractBaseSession):
    """A log-in in one browser, until it ends. Unlike Django's it says whose it is."""

    user_id = models.UUIDField(null=True, db_index=True)  # no foreign key: a session may outlive whoever it was
    active_at = models.DateTimeField(null=True, help_text="When its person was last there, to 15 seconds.")
    locked_at = models.DateTimeField(null=True)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What a request has put into its session is written over what was there; whether it is locked is not in it."""
        if kwargs.get("force_update"):
            kwargs["update_fields"] = ["session_data", "expire_date", "user_id"]
        super().save(*args, **kwargs)

    @classmethod
    def get_session_store_class(cls) -> type:
        from accounts.sessions import SessionStore

        return SessionStore


class ApiToken(models.Model):
    """A REST client's key. Only its SHA-256 is kept: the token itself is random, so no slow hash is needed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, related_name="tokens", help_text="Whose system it is; null: our own."
    )
    digest = models.CharField(max_length=64, unique=True)
    scopes: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=30))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Kept to the minute.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=[scope.value for scope in Scope]), name="token_scopes_are_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # What DRF and Django ask of whoever makes a request.
    is_authenticated = True
    is_active = True

    @property
    def actor_id(self) -> uuid.UUID:
        return self.id

    @property
    def actor_name(self) -> str:
        return self.name
