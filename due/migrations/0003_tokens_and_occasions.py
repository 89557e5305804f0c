import due.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('due', '0002_message_by_age'),
    ]

    operations = [
        migrations.RunSQL(
            'CREATE SEQUENCE due_timer_token', 'DROP SEQUENCE due_timer_token'
        ),
        migrations.AddField(
            model_name='timer',
            name='token',
            field=models.BigIntegerField(db_default=due.models.NextToken(), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='message',
            name='occasion',
            field=models.PositiveIntegerField(default=0, help_text='Told again about the same: which time this is.'),
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_said_once',
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('kind', 'recipient_id', 'subject_id', 'occasion'), name='message_said_once'),
        ),
    ]
