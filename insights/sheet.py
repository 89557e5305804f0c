"""The ledger as a CSV: a line for each call, for a spreadsheet or another program."""

import csv
from io import StringIO
from typing import Final

from insights.ledger import Asked, Standing, rows

COLUMNS: Final = (
    "received_at", "call", "incident", "number", "program", "exercise", "call_type", "eligible", "standing", "in_words",
)  # fmt: skip


def written(asked: Asked) -> str:
    """Every call that is asked for, by moment of receipt. Whole, not as it is read: a file that broke off looks like
    one that is complete."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    found = rows(asked).order_by("received_at", "id")
    fields = ("received_at", "id", "incident", "number", "served_by", "exercise", "facts__call_type", "eligible")
    for received_at, *told, standing in found.values_list(*fields, "standing").iterator():
        words = Standing(standing).label
        lines.writerow([received_at.isoformat(), *(_cell(each) for each in told), standing, words])
    return text.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
