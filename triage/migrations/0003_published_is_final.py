"""What was published has decided calls: Postgres itself refuses to change or delete it.

Two changes are let through: its end may come sooner, since another version follows or a person retires it. And nobody
approves what they wrote.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION triage_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'only a draft can be deleted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.status = 'published' AND NEW.approved_by_id = ANY (NEW.written_by) THEN
        RAISE EXCEPTION 'nobody approves what they wrote' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status IN ('published', 'retired') THEN
        IF (OLD.id, OLD.policy_id, OLD.version, OLD.document, OLD.digest, OLD.examples, OLD.effective_from,
            OLD.based_on_id, OLD.written_by, OLD.writers, OLD.review_words, OLD.approved_by_id, OLD.approved_by_name,
            OLD.published_at, OLD.unsafe_reason)
           IS DISTINCT FROM
           (NEW.id, NEW.policy_id, NEW.version, NEW.document, NEW.digest, NEW.examples, NEW.effective_from,
            NEW.based_on_id, NEW.written_by, NEW.writers, NEW.review_words, NEW.approved_by_id, NEW.approved_by_name,
            NEW.published_at, NEW.unsafe_reason)
           OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('published', 'retired'))
           OR coalesce(NEW.effective_until, 'infinity') > coalesce(OLD.effective_until, 'infinity')
        THEN
            RAISE EXCEPTION 'a published version never changes' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER triage_version_guard BEFORE INSERT OR UPDATE OR DELETE ON triage_policyversion
    FOR EACH ROW EXECUTE FUNCTION triage_version_guard();
"""

BACKWARD = """
DROP TRIGGER triage_version_guard ON triage_policyversion;
DROP FUNCTION triage_version_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0002_versions_in_states")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
