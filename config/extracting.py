"""What templates mark for translation, for Babel (`make words`), which reads Python and JavaScript by itself."""

from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize


def templates(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, Any, list[str], Any]]:
    """Django makes of a template the calls that it stands for; without its indentation they are Python."""
    calls = templatize(file.read().decode(), origin=getattr(file, "name", ""))
    flat = "\n".join(line.strip() for line in calls.splitlines())
    yield from extract_python(BytesIO(flat.encode()), keywords, comment_tags, {"encoding": "utf-8"})
