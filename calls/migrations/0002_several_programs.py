import django.db.models.deletion
from django.db import migrations, models

# Until now one program decided: the call's. Were its policy another by now, any program of the policy that decided.
BACKFILL = """
UPDATE calls_assessment SET program_id = COALESCE(
    (SELECT program.id FROM triage_program AS program JOIN triage_policyversion AS version
        ON version.policy_id = program.policy_id JOIN calls_call AS call ON call.id = calls_assessment.call_id
     WHERE version.id = calls_assessment.policy_version_id
     ORDER BY program.id = call.program_id DESC NULLS LAST, program.rank, program.slug LIMIT 1),
    (SELECT program_id FROM calls_call WHERE id = calls_assessment.call_id));
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0001_initial"),
        ("triage", "0004_weights"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="program_named",
            field=models.BooleanField(
                default=False,
                help_text="Its source named the program: no other decides, wherever the place is.",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="beside",
            field=models.ForeignKey(
                help_text="The chosen one; null when this is it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="others",
                to="calls.assessment",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="program",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="triage.program",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="assessment",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="triage.program"
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("beside", "program"), name="assessment_of_each_program_once"
            ),
        ),
    ]
