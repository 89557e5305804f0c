"""Postgres keeps the graphs of states."""

from django.db import migrations

from dispatch.states import ASSIGNMENT, HANDOFF, INCIDENT
from journal import guarding


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0005_plans"), ("journal", "0004_states")]
    operations = [
        guarding.keep("dispatch_incident", INCIDENT),
        guarding.keep("dispatch_assignment", ASSIGNMENT),
        guarding.keep("dispatch_handoff", HANDOFF),
    ]
