"""The ledger as a CSV: a line for each call, for a spreadsheet or another program."""

import csv
from datetime import datetime
from io import StringIO
from typing import Final

from insights.ledger import Asked, Standing, rows

COLUMNS: Final = (
    "received_at", "call", "incident", "number", "program", "exercise", "call_type", "eligible", "standing", "in_words",
    "entered_at",
)  # fmt: skip


def written(asked: Asked) -> str:
    """Every call that is asked for, by moment of receipt. Whole, not as it is read: a file that broke off looks like
    one that is complete."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    found = rows(asked).order_by("received_at", "id")
    fields = ("received_at", "id", "incident", "number", "served_by", "exercise", "facts__call_type", "eligible")
    entered = "incident_link__incident__entered_at"  # from paper: its times are of then
    for received_at, *told, standing, entered_at in found.values_list(*fields, "standing", entered).iterator():
        words = Standing(standing).label
        lines.writerow([_cell(each) for each in (received_at, *told, standing, words, entered_at)])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else value
