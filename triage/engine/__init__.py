"""The triage engine: facts of a call in, a decision out, by the policy of a city.

Pure Python: it knows no request, no database and no clock of its own.
"""

from triage.engine import facts
from triage.engine.checking import Finding, check
from triage.engine.decision import UNDETERMINED, Decision, Question, Reason
from triage.engine.document import OUTCOMES, SERVED, PolicyText, Rule
from triage.engine.examples import Example, Failure, failures, take_example
from triage.engine.facts import UNKNOWN, FactErrors, FactValue
from triage.engine.packs import Pack, load_pack, read_yaml, take_pack
from triage.engine.policy import Policy, compile_policy, in_force
from triage.engine.reading import PolicyError

__all__ = [
    "OUTCOMES",
    "SERVED",
    "UNDETERMINED",
    "UNKNOWN",
    "Decision",
    "Example",
    "FactErrors",
    "FactValue",
    "Failure",
    "Finding",
    "Pack",
    "Policy",
    "PolicyError",
    "PolicyText",
    "Question",
    "Reason",
    "Rule",
    "check",
    "compile_policy",
    "facts",
    "failures",
    "in_force",
    "load_pack",
    "read_yaml",
    "take_example",
    "take_pack",
]
