from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "field"

    def ready(self) -> None:
        from field import live

        live.register()
