from django.apps import AppConfig


class DueConfig(AppConfig):
    name = "due"

    def ready(self) -> None:
        from due import contacts
        from due.registry import SENDERS

        SENDERS[contacts.TEST] = contacts.send_test
