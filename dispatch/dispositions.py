"""How an incident may end, with the common code of each (the numbers of APCO 1.111.2)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Disposition:
    """`resolves`: the incident needs nobody else. `on_scene`: only a team that arrived can say so."""

    slug: str
    label: "_StrPromise"
    apco: str
    resolves: bool = True
    on_scene: bool = False


DISPOSITIONS = {
    disposition.slug: disposition
    for disposition in [
        Disposition("settled_by_contact", _("Settled on scene"), "18", on_scene=True),
        Disposition("treated_released", _("Evaluated, treated and released"), "43", on_scene=True),
        Disposition("refused", _("Evaluated, care refused"), "42", on_scene=True),
        Disposition("referred", _("Referred to a service"), "15", on_scene=True),
        Disposition("transported", _("Transported"), "16", on_scene=True),
        Disposition("unable_to_locate", _("Gone or not found"), "14", on_scene=True),
        Disposition("no_patient", _("Nobody needed help"), "38", on_scene=True),
        Disposition("settled_by_phone", _("Settled by phone"), "05"),
        Disposition("handed_to_other", _("Taken over by another agency"), "15"),
        Disposition("duplicate", _("Duplicate"), "22"),
        Disposition("cancelled_en_route", _("Team called off on the way"), "21", resolves=False),
    ]
}
RESOLVING = {slug: each for slug, each in DISPOSITIONS.items() if each.resolves}
