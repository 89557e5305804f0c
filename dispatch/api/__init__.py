"""The REST doors of dispatch: calls, incidents, assignments, hand-offs, units."""
