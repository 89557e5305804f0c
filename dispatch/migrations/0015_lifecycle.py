"""Incidents that are merged, split, linked and taken up again; stamps that are corrected.

Postgres refuses to change a remark or a correction, and to change a stamp that is set without a correction that says
so. A reopened incident's end is the one stamp that goes: with the status, and the journal keeps it.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models

INCIDENT = ("received", "answered", "triaged", "queued", "handed_off", "closed", "cancelled")
ASSIGNMENT = (
    "offered", "accepted", "en_route", "staged", "on_scene", "transporting", "at_destination", "cleared", "ended",
)  # fmt: skip

ONLY_ADDED = """
CREATE FUNCTION dispatch_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER dispatch_only_added BEFORE UPDATE OR DELETE ON dispatch_remark
    FOR EACH ROW EXECUTE FUNCTION dispatch_only_added();
CREATE TRIGGER dispatch_only_added BEFORE UPDATE OR DELETE ON dispatch_correction
    FOR EACH ROW EXECUTE FUNCTION dispatch_only_added();

CREATE FUNCTION dispatch_keep_stamps() RETURNS trigger LANGUAGE plpgsql AS $$
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
            AND (c.assignment_id = OLD.id OR (c.assignment_id IS NULL AND c.incident_id = OLD.id));
        IF NOT FOUND THEN
            RAISE EXCEPTION '%: the stamp % is changed by a correction alone', TG_TABLE_NAME, name
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""


def keep_stamps(table: str, stamps: tuple[str, ...]) -> str:
    changed = " OR ".join(f"OLD.{name}_at IS DISTINCT FROM NEW.{name}_at" for name in stamps)
    names = ", ".join(f"'{name}'" for name in stamps)
    return (
        f"CREATE TRIGGER dispatch_keep_stamps BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed})"
        f" EXECUTE FUNCTION dispatch_keep_stamps({names});"
    )


BACKWARD = """
DROP FUNCTION dispatch_keep_stamps() CASCADE;
DROP FUNCTION dispatch_only_added() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dispatch', '0014_safety'),
        ('triage', '0004_weights'),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stamp', models.CharField(max_length=20)),
                ('before', models.DateTimeField()),
                ('after', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name='CrossLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('words', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=120)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by_id', models.UUIDField(null=True)),
                ('ended_by_name', models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('words', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=120)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='incident',
            name='incident_cancellation_has_its_moment',
        ),
        migrations.AddField(
            model_name='incident',
            name='cancel_reason',
            field=models.CharField(blank=True, choices=[('caller', 'The caller called it off'), ('over', 'Over before anybody went'), ('mistake', 'Opened by mistake, or a test'), ('elsewhere', 'Somebody else took care of it'), ('other', 'Another reason')], max_length=20),
        ),
        migrations.AddField(
            model_name='incident',
            name='merged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='merged_into',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='incident',
            name='reopened_at',
            field=models.DateTimeField(help_text='When it was taken up again last.', null=True),
        ),
        migrations.AddField(
            model_name='incidentcall',
            name='home',
            field=models.ForeignKey(help_text='Where it belongs when no merge counts.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='home_links', to='dispatch.incident'),
        ),
        migrations.RunSQL("UPDATE dispatch_incidentcall SET home_id = incident_id", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='incidentcall',
            name='home',
            field=models.ForeignKey(help_text='Where it belongs when no merge counts.', on_delete=django.db.models.deletion.PROTECT, related_name='home_links', to='dispatch.incident'),
        ),
        migrations.RunSQL(
            "UPDATE dispatch_incident SET cancel_reason = 'other' WHERE status = 'cancelled'", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), models.Q(('cancelled_at__isnull', False), models.Q(('cancel_reason', ''), _negated=True)), _connector='OR'), name='incident_cancels_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_at__isnull', False), ('merged_into__isnull', False), ('status', 'merged')), models.Q(models.Q(('status', 'merged'), _negated=True), ('merged_at', None), ('merged_into', None)), _connector='OR'), name='incident_merges_into_another'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='incident_merges_not_into_itself'),
        ),
        migrations.AddField(
            model_name='correction',
            name='assignment',
            field=models.ForeignKey(help_text="Null: the incident's own stamp.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='dispatch.assignment'),
        ),
        migrations.AddField(
            model_name='correction',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='crosslink',
            name='one',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='crosslink',
            name='two',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='remark',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='dispatch.incident'),
        ),
        migrations.AddIndex(
            model_name='correction',
            index=models.Index(fields=['incident', 'id'], name='correction_of_incident'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assignment', None), ('stamp__in', ('received', 'answered', 'triaged', 'queued', 'handed_off', 'closed', 'cancelled'))), models.Q(('assignment__isnull', False), ('stamp__in', ('offered', 'accepted', 'en_route', 'staged', 'on_scene', 'transporting', 'at_destination', 'cleared', 'ended'))), _connector='OR'), name='correction_is_of_a_stamp'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('after', models.F('before')), _negated=True), name='correction_changes_something'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='correction_says_why'),
        ),
        migrations.AddConstraint(
            model_name='crosslink',
            constraint=models.CheckConstraint(condition=models.Q(('one__lt', models.F('two'))), name='incidents_linked_in_order'),
        ),
        migrations.AddConstraint(
            model_name='crosslink',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('one', 'two'), name='incidents_linked_once'),
        ),
        migrations.AddConstraint(
            model_name='crosslink',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='incidents_linked_with_words'),
        ),
        migrations.RunSQL(ONLY_ADDED, BACKWARD),
        migrations.RunSQL(keep_stamps("dispatch_incident", INCIDENT), migrations.RunSQL.noop),
        migrations.RunSQL(keep_stamps("dispatch_assignment", ASSIGNMENT), migrations.RunSQL.noop),
    ]
