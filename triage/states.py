"""States of a policy's version, and the changes between them."""

from enum import StrEnum

from journal.states import Graph


class VersionStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"  # held still, for a second person to read
    PUBLISHED = "published"  # decides over its range of time, and never changes again
    RETIRED = "retired"  # ended by a person; what it decided stays explained by it


_S = VersionStatus

VERSION = Graph(
    "version",
    VersionStatus,
    starts=[_S.DRAFT],
    edges={
        _S.DRAFT: {_S.IN_REVIEW},
        _S.IN_REVIEW: {_S.DRAFT, _S.PUBLISHED},
        _S.PUBLISHED: {_S.RETIRED},
        _S.RETIRED: set(),
    },
)

BINDING = frozenset({_S.PUBLISHED, _S.RETIRED})  # what decided calls, or will
