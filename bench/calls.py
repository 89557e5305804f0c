"""Invented calls, all facts told, spread over Portland."""

import random
from typing import Any

TYPES = ["welfare_check", "mental_health", "intoxication", "unwanted_person", "disturbance"]


def call(number: int) -> dict[str, Any]:
    """The same number is the same call."""
    draw = random.Random(number)
    return {
        "source": "bench",
        "call_type": draw.choice(TYPES),
        "narrative": "Man sitting by the fountain, talking to himself, no shoes, asks passers-by for water.",
        "caller": {"name": "Invented Caller", "phone": "503-555-0100", "relation": "bystander"},
        "language": "en",
        "subject": {"description": "about forty, grey coat"},
        "location": {
            "address": f"{draw.randint(100, 9900)} SE Example St",
            "latitude": draw.uniform(45.47, 45.58),
            "longitude": draw.uniform(-122.75, -122.50),
            "class": "outdoors",
        },
        "facts": {
            "weapon": "none",
            "violence": "none",
            "suicide_risk": draw.choice(["none", "none", "none", "ideation"]),
            "medical_need": draw.choice(["none", "minor"]),
            "person_down": False,
            "in_traffic": False,
            "mental_health_crisis": True,
            "channel": "911",
        },
    }
