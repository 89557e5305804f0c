"""What stands where a program's own plan says nothing."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEFAULT = Path(__file__).with_name("default.yaml")


@cache
def default() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(DEFAULT.read_text())
    return document
