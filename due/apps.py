from django.apps import AppConfig


class DueConfig(AppConfig):
    name = "due"
