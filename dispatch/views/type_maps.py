"""Cities' words and the common ones: what no map knew when it came, and the maps as they are."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import May, who
from calls import local_types
from calls.type_maps import TypeMap, joined, names, versions
from dispatch import words


@who(May.READ_TYPES)
def type_maps(request: HttpRequest) -> HttpResponse:
    by_map: dict[str, list[str]] = {}
    for source, name in settings.TYPE_MAPS.items():
        by_map.setdefault(name, []).append(source)
    context = {
        "now": timezone.now(),
        "unmapped": local_types.unmapped(at=timezone.now()),
        "days": local_types.LOOKED_BACK.days,
        "maps": [(each, by_map.get(name, []), _table(each)) for name in names() for each in reversed(versions(name))],
    }
    return render(request, "dispatch/type_maps.html", context)


def _table(by: TypeMap) -> list[tuple[str, str, list[str], str]]:
    """The city's words, the common type, what else they state, and why they are not taken."""
    return [
        (
            joined(said) or _("(no words)"),
            words.answer("call_type", meaning.facts["call_type"]) if meaning.facts else "",
            [
                f"{words.fact_name(fact)}: {words.answer(fact, value)}"
                for fact, value in meaning.facts.items()
                if fact != "call_type"
            ],
            meaning.rejected,
        )
        for said, meaning in by.types.items()
    ]
