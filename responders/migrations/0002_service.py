from django.db import migrations


class Migration(migrations.Migration):
    """When a unit was out of service stands in the journal alone, among a thousand times as many entries of where it is.

    The index is of the journal's table, but it is of our kinds, which the journal does not know.
    """

    dependencies = [("responders", "0001_initial"), ("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX entry_of_service ON journal_entry (subject_id, kind, at) "
            "WHERE kind IN ('unit.out_of_service', 'unit.in_service')",
            "DROP INDEX entry_of_service",
        ),
    ]
