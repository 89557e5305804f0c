"""Pages of lists."""

from rest_framework.pagination import CursorPagination


class ByChange(CursorPagination):
    """Oldest change first, so that a client which follows `next` and later asks from its last moment misses nothing."""

    ordering = ("changed_at", "id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
