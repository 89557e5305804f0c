"""Append-only and in the order of commits, both kept by Postgres.

The position is given when the transaction commits, under one advisory lock that is held until the commit is visible:
so whoever has position n knows that nothing will ever appear before it. Ordering by id or by transaction id was tried
and is wrong: what began first and committed last would come before what it followed.
"""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE journal_position;

CREATE FUNCTION journal_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7401);
    UPDATE journal_entry SET position = nextval('journal_position') WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER journal_place AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_place();

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The one update there is: journal_place gives an entry its position, once.
    IF TG_OP = 'UPDATE' THEN
        IF OLD.position IS NULL AND NEW.position IS NOT NULL AND pg_trigger_depth() > 1
           AND (OLD.id, OLD.at, OLD.kind, OLD.audience, OLD.subject_type, OLD.subject_id, OLD.actor_id,
                OLD.actor_name, OLD.payload)
               IS NOT DISTINCT FROM
               (NEW.id, NEW.at, NEW.kind, NEW.audience, NEW.subject_type, NEW.subject_id, NEW.actor_id,
                NEW.actor_name, NEW.payload)
        THEN RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER journal_refuse_change BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_refuse_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

BACKWARD = """
DROP TRIGGER journal_refuse_truncate ON journal_entry;
DROP TRIGGER journal_refuse_change ON journal_entry;
DROP TRIGGER journal_place ON journal_entry;
DROP FUNCTION journal_refuse();
DROP FUNCTION journal_place();
DROP SEQUENCE journal_position;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
