"""Facts that many tests start from."""

# A community team may go: outdoors, in crisis, and every disqualifier asked and denied.
CALM = {
    "call_type": "welfare_check",
    "location_class": "outdoors",
    "mental_health_crisis": True,
    "weapon": "none",
    "violence": "none",
    "suicide_risk": "none",
    "medical_need": "none",
    "person_down": False,
    "in_traffic": False,
    "caller_wants_officer": False,
    "crime_reported": False,
    "intoxication": "none",
    "channel": "911",
    "caller_relation": "bystander",
}
