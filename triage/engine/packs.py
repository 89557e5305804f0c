"""Pack files: a city's policies over time, with the cases that show what they mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from triage.engine.clock import take_zone
from triage.engine.document import take_slug
from triage.engine.examples import Example, take_example
from triage.engine.policy import Policy, compile_policy, in_force
from triage.engine.reading import (
    PolicyError,
    refuse,
    take_list,
    take_mapping,
    take_text,
    within,
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A city's policies in the order in which they came into force, each with the document it was compiled from."""

    slug: str
    name: str
    documents: tuple[Mapping[str, object], ...]
    policies: tuple[Policy, ...]
    examples: tuple[Example, ...]

    def in_force(self, at: datetime) -> Policy | None:
        return in_force(self.policies, at)


def load_pack(path: Path | str) -> Pack:
    """Read a pack file; raises `PolicyError` at the first place that is wrong."""
    return take_pack(read_yaml(Path(path).read_text(encoding="utf-8")))


def take_pack(content: object) -> Pack:
    """A pack out of its content: ``slug``, ``name`` and ``time_zone`` for all ``versions``, and ``examples``."""
    keys = ("slug", "name", "time_zone", "versions")
    pack = take_mapping(content, "", required=keys, optional=("about", "shared", "examples"))
    common = {
        "slug": take_slug(pack["slug"], "slug", "-"),
        "name": take_text(pack["name"], "name"),
        "time_zone": take_text(pack["time_zone"], "time_zone"),
    }
    documents: list[Mapping[str, object]] = []
    policies: list[Policy] = []
    for index, version in enumerate(take_list(pack["versions"], "versions")):
        place = f"versions[{index}]"
        if not isinstance(version, Mapping):
            refuse(place, "A version is a set of keys with values.")
        documents.append({**common, **version})
        try:
            policies.append(compile_policy(documents[-1]))
        except PolicyError as error:
            raise PolicyError(within(place, error.place), error.sentence) from error
    _refuse_overlap(policies)
    zone = take_zone(common["time_zone"], "time_zone")
    written = take_list(pack["examples"], "examples") if "examples" in pack else []
    examples = tuple(take_example(each, f"examples[{index}]", zone) for index, each in enumerate(written))
    _refuse_namesakes(examples)
    return Pack(
        slug=common["slug"],
        name=common["name"],
        documents=tuple(documents),
        policies=tuple(policies),
        examples=examples,
    )


def _refuse_namesakes(examples: Sequence[Example]) -> None:
    """A draft goes by their names: of two with one name it would keep only the last."""
    names = [example.name for example in examples]
    for index, name in enumerate(names):
        if name in names[:index]:
            refuse(f"examples[{index}] / name", f"There is another example called {name}.")


def _refuse_overlap(policies: Sequence[Policy]) -> None:
    for index, (earlier, later) in enumerate(pairwise(policies), start=1):
        place = f"versions[{index}] / effective_from"
        if later.effective_from <= earlier.effective_from:
            refuse(
                place, f"Version {later.version} must begin after version {earlier.version}, which stands before it."
            )
        if earlier.effective_until is None or earlier.effective_until > later.effective_from:
            refuse(place, f"Version {later.version} begins before version {earlier.version} ends.")
        if later.version in [policy.version for policy in policies[:index]]:
            refuse(f"versions[{index}] / version", f"There is a version {later.version} already.")


def read_yaml(text: str) -> object:
    """Read YAML as what JSON can say: ``yes`` is a word here, ``10:00`` and ``2025-03-06`` are texts."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PolicyError(place, f"This is not YAML: {error.problem}.") from error


class _Loader(yaml.SafeLoader):
    """YAML 1.1 would read 10:00 as 600 and no as false, and keep the last of two keys that are the same."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.MarkedYAMLError(problem=f"{name} stands here twice", problem_mark=node.start_mark)
        return node


_Loader.yaml_implicit_resolvers = {}  # else it would share, and add to, those of YAML 1.1
for _tag, _form, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), list(_first))
