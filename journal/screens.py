"""What can be watched: screens that the apps above register in their `ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from journal.models import Entry

# Ids of elements of the page, each with its HTML. A pane of many rows may leave a place for them,
# `<ul data-rows="ID ID">`, and give each as `PANE/ID`: then a change of one sends that one.
Panes = Mapping[str, str]


@dataclass(frozen=True)
class Screen:
    """How one kind of page is shown live.

    `render(key, at)` gives the panes as the tables stand, in the active language, the same for everyone who watches
    `key` in it: so nothing in them
    may belong to one reader, neither a name nor a CSRF token nor a filter. `concerns(key, entries)` says whether
    entries may have changed them; a yes too many costs a rendering, a no too many ten seconds. One that is `restless`
    shows what no entry tells of: it is rendered once a second, so it must be cheap.
    """

    render: Callable[[str, datetime], Panes]
    concerns: Callable[[str, Sequence[Entry]], bool]
    restless: bool = False


SCREENS: dict[str, Screen] = {}
