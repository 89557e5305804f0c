from typing import Any

from django.apps import AppConfig
from django.core import checks


class CallsConfig(AppConfig):
    name = "calls"

    def ready(self) -> None:
        checks.register(_maps)


def _maps(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """No error: what takes calls must start, and takes them without a map."""
    from calls import local_types

    return [checks.Warning(sentence, id="calls.W001") for sentence in local_types.misnamed()]
