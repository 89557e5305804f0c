import django.db.models.deletion
from django.db import migrations, models

# Until now one program decided: the incident's. Were its policy another by now, any program of the policy that decided.
BACKFILL = """
UPDATE dispatch_incidentdecision SET program_id = COALESCE(
    (SELECT program.id FROM triage_program AS program JOIN triage_policyversion AS version
        ON version.policy_id = program.policy_id
        JOIN dispatch_incident AS incident ON incident.id = dispatch_incidentdecision.incident_id
     WHERE version.id = dispatch_incidentdecision.policy_version_id
     ORDER BY program.id = incident.program_id DESC NULLS LAST, program.rank, program.slug LIMIT 1),
    (SELECT program_id FROM dispatch_incident WHERE id = dispatch_incidentdecision.incident_id));
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0003_alerts"),
        ("triage", "0004_weights"),
    ]

    operations = [
        migrations.AddField(
            model_name="incidentdecision",
            name="beside",
            field=models.ForeignKey(
                help_text="The chosen one; null when this is it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="others",
                to="dispatch.incidentdecision",
            ),
        ),
        migrations.AddField(
            model_name="incidentdecision",
            name="program",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incident_decisions",
                to="triage.program",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="incidentdecision",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="incident_decisions", to="triage.program"
            ),
        ),
        migrations.AddConstraint(
            model_name="incidentdecision",
            constraint=models.UniqueConstraint(
                fields=("beside", "program"), name="decision_of_each_program_once"
            ),
        ),
    ]
