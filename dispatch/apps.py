from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"

    def ready(self) -> None:
        from dispatch import receivers
        from dispatch.views import live

        receivers.register()
        live.register()
