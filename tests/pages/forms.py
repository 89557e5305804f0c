"""The forms of a page, as a browser would send them."""

from html.parser import HTMLParser

Fields = dict[str, list[str]]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Fields]] = []
        self._fields: Fields | None = None
        self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self._fields = {}
            self.forms.append((told.get("action") or "", self._fields))
        elif tag == "input" and name and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self._add(name, value)
        elif tag == "textarea":
            self._area = name
            self._add(name, "")
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((value, "selected" in told))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self._add(self._select, chosen[0])
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._fields = None

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area][-1] += data.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        if self._fields is not None:
            self._fields.setdefault(name, []).append(value)


def form_in(page: str, action: str = "") -> Fields:
    """What the form with this action sends when nobody touches it. Without an action: the form that has none."""
    reader = _Forms()
    reader.feed(page)
    fields = next(fields for there, fields in reader.forms if there == action)
    return {name: values for name, values in fields.items() if name != "csrfmiddlewaretoken"}
