"""What the edges hand to intake: a call as it was heard, already of the right types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One call. `facts` holds every answer, `call_type` and `location_class` among them."""

    source: str
    received_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    answered_at: datetime | None = None
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    location_detail: str = ""
    narrative: str = ""
    language: str = ""
    caller_name: str = ""
    caller_phone: str = ""
    caller_address: str = ""
    caller_latitude: float | None = None
    caller_longitude: float | None = None
    subject_name: str = ""
    subject_description: str = ""
    subject_last_seen: str = ""
    subject_direction: str = ""
    exercise: bool = False
    program: str | None = None
    simulated: bool = False
    original_received_at: datetime | None = None
    local_type: str = ""
    type_map: str = ""
