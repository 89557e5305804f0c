"""The verbs of people."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import entries
from accounts.models import Agency, User
from accounts.roles import Role
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid


def enroll(
    *,
    username: str,
    name: str,
    role: str,
    password: str | None,
    agency: Agency | None = None,
    email: str = "",
    by: Actor,
    at: datetime,
) -> User:
    """A new person. Without a password nobody can log in as them.

    Raises Invalid for an unknown role, a username that is taken or has blanks, and a password that is too weak.
    """
    username = username.strip().lower()
    user = User(username=username, name=name.strip(), role=role, agency=agency, email=email)
    errors = {}
    if not username or any(letter.isspace() for letter in username):
        errors["username"] = _("One word, such as tess.")
    elif User.objects.filter(username=username).exists():
        errors["username"] = _("%(username)s is taken.") % {"username": username}
    if not user.name:
        errors["name"] = _("What colleagues call them.")
    if role not in set(Role):
        errors["role"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Role)}
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as weak:
            errors["password"] = " ".join(weak.messages)
    if errors:
        raise Invalid(errors)
    user.set_password(password)
    with transaction.atomic():
        user.save(force_insert=True)
        record(entries.UserEnrolled(role=role), subject=user, by=by, at=at)
    return user


def choose_language(*, user: User, language: str, by: Actor, at: datetime) -> User:
    """In which language pages speak to this person, wherever they log in. Raises Invalid for one that we have not."""
    if language not in dict(settings.LANGUAGES):
        raise Invalid({"language": _("Must be one of: %(known)s.") % {"known": ", ".join(dict(settings.LANGUAGES))}})
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.language != language:
            user.language = language
            user.save(update_fields=["language"])
            record(entries.LanguageChosen(language=language), subject=user, by=by, at=at)
    return user
