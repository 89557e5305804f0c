"""Pages of lists."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """DRF hands a cursor's position to the database unread; one that was made up is not found, and not a crash."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            with transaction.atomic():  # so that the connection is whole after Postgres has refused the position
                return super().paginate_queryset(queryset, request, view)
        except (ValidationError, DataError, ValueError, TypeError):
            raise NotFound(self.invalid_cursor_message) from None
