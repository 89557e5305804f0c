"""Stamps of hand-offs can be corrected, and Postgres keeps them like those of incidents and teams.

Not `sent_at`: it is when they were told last, so telling them again moves it; the journal has each time.
"""

import django.db.models.deletion
from django.db import migrations, models

STAMPS = ("proposed", "acknowledged", "refused", "returned", "withdrawn")

KEEP_STAMPS = """
CREATE OR REPLACE FUNCTION dispatch_keep_stamps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
    was timestamptz;
    becomes timestamptz;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        was := to_jsonb(OLD) ->> (name || '_at');
        becomes := to_jsonb(NEW) ->> (name || '_at');
        CONTINUE WHEN was IS NULL OR was = becomes OR (becomes IS NULL AND OLD.status <> NEW.status);
        PERFORM FROM dispatch_correction c WHERE c.stamp = name AND c.before = was AND c.after = becomes
            AND coalesce(c.assignment_id, {handoff}c.incident_id) = OLD.id;
        IF NOT FOUND THEN
            RAISE EXCEPTION '%: the stamp % is changed by a correction alone', TG_TABLE_NAME, name
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""
CHANGED = " OR ".join(f"OLD.{name}_at IS DISTINCT FROM NEW.{name}_at" for name in STAMPS)
FORWARD = f"""
CREATE TRIGGER dispatch_keep_stamps BEFORE UPDATE ON dispatch_handoff FOR EACH ROW WHEN ({CHANGED})
    EXECUTE FUNCTION dispatch_keep_stamps({", ".join(f"'{name}'" for name in STAMPS)});
"""
BACKWARD = "DROP TRIGGER dispatch_keep_stamps ON dispatch_handoff;"


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0017_unreached")]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="handoff",
            field=models.ForeignKey(
                help_text="or a hand-off's; else the incident's.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="dispatch.handoff",
            ),
        ),
        migrations.AlterField(
            model_name="correction",
            name="assignment",
            field=models.ForeignKey(
                help_text="Whose stamp it is: a team's,",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="dispatch.assignment",
            ),
        ),
        migrations.RemoveConstraint(model_name="correction", name="correction_is_of_a_stamp"),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("assignment", None),
                    ("handoff", None),
                    ("stamp__in", ("received", "answered", "triaged", "queued", "handed_off", "closed", "cancelled")),
                )
                | models.Q(
                    ("assignment__isnull", False),
                    ("handoff", None),
                    (
                        "stamp__in",
                        (
                            "offered",
                            "accepted",
                            "en_route",
                            "staged",
                            "on_scene",
                            "transporting",
                            "at_destination",
                            "cleared",
                            "ended",
                        ),
                    ),
                )
                | models.Q(
                    ("assignment", None),
                    ("handoff__isnull", False),
                    ("stamp__in", ("proposed", "sent", "acknowledged", "refused", "returned", "withdrawn")),
                ),
                name="correction_is_of_a_stamp",
            ),
        ),
        migrations.AlterField(
            model_name="override",
            name="reason",
            field=models.CharField(
                choices=[
                    ("known_to_team", "A team knows this person"),
                    ("caller_asks_for_team", "The caller asks for a team"),
                    ("caller_asks_for_other", "The caller asks for police or an ambulance"),
                    ("language_or_trust", "Language or trust"),
                    ("danger_not_captured", "Danger that the answers do not say"),
                    ("calmer_than_answers", "Calmer than the answers say"),
                    ("safer_with_police", "Safer with police"),
                    ("resources", "Who is free, and how soon"),
                    ("no_team", "No team could come in time"),
                    ("policy_is_wrong", "The policy is wrong here"),
                    ("other", "Another reason"),
                ],
                max_length=30,
            ),
        ),
        migrations.RunSQL(KEEP_STAMPS.format(handoff="c.handoff_id, "), KEEP_STAMPS.format(handoff="")),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
