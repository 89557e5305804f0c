"""Incident numbers printed on paper, and downtimes.

Postgres refuses an incident under a number that is on paper, unless the form says that it was entered as this very
incident; to print a number that an incident has; and to take a form away or renumber it.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import triage.models
import uuid
from django.db import migrations, models

from dispatch.states import PAPER
from journal import guarding

FORWARD = """
CREATE FUNCTION dispatch_keep_paper_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Re-entry marks the form first (its foreign key is looked at when it commits), so here it is known.
    PERFORM FROM dispatch_paperform p WHERE p.number = NEW.number AND p.incident_number IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'incident number % is reserved for paper', NEW.number USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispatch_keep_paper_numbers BEFORE INSERT OR UPDATE OF number ON dispatch_incident
    FOR EACH ROW EXECUTE FUNCTION dispatch_keep_paper_numbers();

CREATE FUNCTION dispatch_keep_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'paper form % is accounted for, never deleted', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.number <> OLD.number THEN
        RAISE EXCEPTION 'paper form % is printed, its number stays', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM dispatch_incident i WHERE i.number = NEW.number;
        IF FOUND THEN
            RAISE EXCEPTION 'incident number % is taken', NEW.number USING ERRCODE = 'unique_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispatch_keep_paper BEFORE INSERT OR DELETE OR UPDATE OF number ON dispatch_paperform
    FOR EACH ROW EXECUTE FUNCTION dispatch_keep_paper();
"""
BACKWARD = """
DROP FUNCTION dispatch_keep_paper_numbers() CASCADE;
DROP FUNCTION dispatch_keep_paper() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dispatch', '0022_desks'),
        ('triage', '0004_weights'),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='entered_at',
            field=models.DateTimeField(help_text='When it was entered from paper, with the times of then; null: it was taken live.', null=True),
        ),
        migrations.CreateModel(
            name='Downtime',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(help_text='Null while it lasts.', null=True)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(help_text='When it was declared.')),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=120)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gt', models.F('began_at')), _connector='OR'), name='downtime_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(triage.models.TsTzRange('began_at', 'ended_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='downtimes_do_not_overlap')],
            },
        ),
        migrations.CreateModel(
            name='PaperBlock',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=120)),
                ('policy_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_blocks', to='triage.policyversion')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_blocks', to='triage.program')),
            ],
        ),
        migrations.CreateModel(
            name='PaperForm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(unique=True)),
                ('status', models.CharField(choices=[('drawer', 'drawer'), ('entered', 'entered'), ('void', 'void')], max_length=10)),
                ('seen_at', models.DateTimeField(help_text='When somebody last had it in hand unused; at first, when it was made.')),
                ('seen_by_name', models.CharField(max_length=120)),
                ('settled_at', models.DateTimeField(help_text='When it was entered or made void.', null=True)),
                ('settled_by_id', models.UUIDField(null=True)),
                ('settled_by_name', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(blank=True, choices=[('spoilt', 'Spoilt'), ('outdated', 'Out of date'), ('lost', 'Lost'), ('other', 'Another reason')], max_length=10)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='dispatch.paperblock')),
                ('incident', models.OneToOneField(db_column='incident_number', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='dispatch.incident', to_field='number')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'drawer')), fields=['seen_at'], name='paper_in_the_drawer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['drawer', 'entered', 'void'])), name='paper_status_is_known'), models.CheckConstraint(condition=models.Q(('incident', None), ('incident', models.F('number')), _connector='OR'), name='paper_is_entered_under_its_number'), models.CheckConstraint(condition=models.Q(models.Q(('incident', None), ('reason', ''), ('settled_at', None), ('status', 'drawer')), models.Q(('incident__isnull', False), ('reason', ''), ('settled_at__isnull', False), ('status', 'entered')), models.Q(('incident', None), ('settled_at__isnull', False), ('status', 'void'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='paper_is_entered_or_void_or_in_the_drawer')],
            },
        ),
        guarding.keep("dispatch_paperform", PAPER),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
