"""Places as links that a phone opens in whatever map it has."""

from urllib.parse import quote

from django import template

from dispatch.models import Incident

register = template.Library()


@register.filter
def geo_uri(incident: Incident) -> str:
    """geo:45.5,-122.6?q=45.5,-122.6(address): RFC 5870, with the label that phones show."""
    position = f"{incident.latitude},{incident.longitude}"
    return f"geo:{position}?q={position}({quote(incident.address)})"
