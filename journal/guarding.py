"""Graphs of states, kept by Postgres: an update along an edge that the graph does not have is refused there, too.

The edges are the arguments of a trigger, written from the Python graph by `keep`; so a change of status costs no look
into a table, an insert nothing at all, and `kept` reads back what Postgres holds. A table of edges was rejected: it
must be read with each change, and whoever empties tables would empty the law with them.
"""

from typing import Any

from django.db import connection
from django.db.migrations import RunSQL

from journal.states import Graph


def keep(table: str, graph: Graph[Any]) -> RunSQL:
    """The migration operation that has Postgres keep the graph as it is now, in place of what it kept before.

    After a change of a graph: `operations = [guarding.keep("dispatch_incident", INCIDENT)]`.
    """
    edges = ", ".join(f"'{old} {new}'" for old, new in sorted(graph.changes))
    return RunSQL(
        f"CREATE OR REPLACE TRIGGER journal_keep BEFORE UPDATE OF status ON {table} FOR EACH ROW"
        f" WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION journal_keep({edges})",
        RunSQL.noop,
    )


def kept(table: str) -> set[tuple[str, str]]:
    """The changes that Postgres lets through; empty where it keeps no graph."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgargs FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'journal_keep'", [table]
        )
        row = cursor.fetchone()
    edges = bytes(row[0]).decode().split("\0")[:-1] if row else []
    return {(old, new) for old, new in (edge.split(" ") for edge in edges)}
