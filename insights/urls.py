from django.urls import path

from insights import views

app_name = "insights"
urlpatterns = [
    path("ledger/", views.ledger, name="ledger"),
    path("ledger.csv", views.ledger_csv, name="ledger-csv"),
]
