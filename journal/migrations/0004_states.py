"""What refuses a change of status that a graph does not have. Its arguments are the edges: "old new"
(`journal.guarding`)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION journal_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status || ' ' || NEW.status = ANY (TG_ARGV) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'no % becomes % after %', TG_TABLE_NAME, NEW.status, OLD.status
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_notify")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION journal_keep() CASCADE")]
