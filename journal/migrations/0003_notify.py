"""Whoever commits an entry wakes those that show it.

The notice is empty: it wakes, the tables tell. Notices of one transaction are one to Postgres, and commits that notify
wait for each other no longer than they do already under the lock of `journal_place`.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION journal_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7401);
    UPDATE journal_entry SET position = nextval('journal_position') WHERE id = NEW.id;
    PERFORM pg_notify('journal', '');
    RETURN NULL;
END $$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION journal_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7401);
    UPDATE journal_entry SET position = nextval('journal_position') WHERE id = NEW.id;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
