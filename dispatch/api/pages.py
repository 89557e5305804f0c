"""Pages of lists."""

from accounts.pages import Pages


class ByChange(Pages):
    """Oldest change first. What a client must not miss it reads from the journal: a change that commits late can stand
    before one that was seen."""

    ordering = ("changed_at", "id")
