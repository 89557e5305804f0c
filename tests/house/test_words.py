"""Nothing on a screen is left in English for whoever reads Spanish: words are marked, and what is marked is translated.

Read with Babel and Django's own lexer, so that no tool of the system can be missing.
"""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.base import Lexer, TokenType

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
OTHERS = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|%%")

# Catalogues


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """What is marked in the code, by domain: as `make words` reads it."""
    keywords = re.findall(r"--keyword \S+", (ROOT / "Makefile").read_text())
    told = [word for keyword in keywords for word in keyword.split()]
    assert told
    found = {}
    for domain in ("django", "djangojs"):
        pot = tmp_path_factory.mktemp("words") / f"{domain}.pot"
        reading = [
            "--quiet",
            "extract",
            "--mapping-file",
            f"locale/{domain}.cfg",
            *told,
            "--output-file",
            str(pot),
            ".",
        ]
        subprocess.run([sys.executable, "-m", "babel.messages.frontend", *reading], cwd=ROOT, check=True)
        with pot.open("rb") as file:
            found[domain] = {(each.context, each.id) for each in read_po(file) if each.id}
    return found


def catalogue(language, domain):
    with (ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("domain", ["django", "djangojs"])
@pytest.mark.parametrize("language", OTHERS)
def test_every_marked_word_is_translated_and_no_other_is_kept(language, domain, marked):
    words = catalogue(language, domain)
    assert {(each.context, each.id) for each in words if each.id} == marked[domain], "run `make words`"
    for each in words:
        if not each.id:
            continue
        ours = each.id if isinstance(each.id, tuple) else (each.id,)
        theirs = each.string if isinstance(each.id, tuple) else (each.string,)
        assert all(theirs), f"has no translation: {ours[0]}"
        assert not each.fuzzy, f"is a guess: {ours[0]}"
        allowed = [sorted(PLACEHOLDER.findall(text)) for text in ours]
        for text in theirs:
            assert sorted(PLACEHOLDER.findall(text)) in allowed, f"has other placeholders: {text}"


# Templates

HUMAN = {"alt", "aria-description", "aria-label", "data-connection", "data-login", "data-size", "placeholder", "title"}
BLANK = "\N{OBJECT REPLACEMENT CHARACTER}"
# Names, and keys as they stand on a keyboard.
NOT_WORDS = {"Rightcall", "UTC", "P", "P?", "Alt+M"}
# Blocks and files that hold values of attributes.
NO_TEXT = {"body_class", "page", "stream", "watched", "here"}
INSIDE_A_TAG = {"dispatch/_place_data.html"}
# Blocks whose strings are codes, names of files and formats.
CODES = {"if", "elif", "load", "extends", "url", "static", "translate", "with"}
STRING = re.compile(r"""(?<![\w(])"([^"]*)"|(?<=[\s=:])'([^']*)'""")
# For developers, in the language of the API that it tells of.
# Paper is in one language, whoever prints it: many hands write on it.
ENGLISH = {"api_docs.html"} | {
    f"dispatch/{name}.html" for name in ("paper_forms", "_paper_board", "_paper_card", "_paper_form", "_paper_rules")
}


class Words(HTMLParser):
    """What people read of a page: its text and its human attributes."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found, self._silent = [], 0

    def handle_starttag(self, tag, attributes):
        self._silent += tag in ("code", "kbd", "script", "style")
        self.found += [value for name, value in attributes if name in HUMAN and value]

    def handle_endtag(self, tag):
        self._silent -= tag in ("code", "kbd", "script", "style")

    def handle_data(self, data):
        if not self._silent:
            self.found += data.split(BLANK)


def unmarked(source):
    """The words of a template that no translation is asked for."""
    html, strings, skipped = "", [], None
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.token_type is TokenType.BLOCK and token.contents else ""
        if skipped:
            skipped = None if name in skipped else skipped
        elif token.token_type is TokenType.TEXT:
            html += token.contents
        elif name in ("blocktranslate", "comment"):
            skipped = {f"end{name}"}
        elif name == "block" and token.contents.split()[1] in NO_TEXT:
            skipped = {"endblock"}
        elif token.token_type is not TokenType.COMMENT:
            html += BLANK
            if name not in CODES:
                strings += [text for pair in STRING.findall(token.contents) for text in pair]
    words = Words()
    words.feed(html)
    words.close()
    said = [" ".join(each.split()) for each in words.found]
    said += [text for text in strings if re.match(r"[A-Z][a-z]", text) or re.match(r"[a-z]+ ", text)]
    return [each for each in said if re.search(r"[^\W\d_]", each) and each.strip(" ·,.;:()—–") not in NOT_WORDS]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Take it</p>", ["Take it"]),
        ('<p>{% translate "Take it" %} now</p>', ["now"]),
        ('<a title="Take {{ callsign }}" class="button">1</a>', [f"Take {BLANK}"]),
        ('{% text_field form "words" "Why" %}{{ name|default:"not named" }}', ["Why", "not named"]),
        ('{% text_field form "words" _("Why") %}{{ name|default:_("not named") }}', []),
        ("{% blocktranslate %}Take {{ it }}{% endblocktranslate %}<b>{# so #}</b><kbd>h</kbd>", []),
        ('{% block title %}{% translate "Queue" %} · Rightcall{% endblock %}', []),
    ],
)
def test_the_eye_for_unmarked_words_sees(source, found):
    assert unmarked(source) == found


@pytest.mark.parametrize("path", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")))
def test_no_template_has_an_unmarked_word(path):
    if path in ENGLISH | INSIDE_A_TAG:
        return
    assert unmarked((TEMPLATES / path).read_text()) == []


# Scripts

SENTENCE = re.compile(r"""(?<!gettext\()(["'`])([A-Z][a-z]+,? [^"'`\n]*?)\1""")


@pytest.mark.parametrize("path", sorted(path.name for path in (ROOT / "static").glob("*.js")))
def test_no_script_has_an_unmarked_sentence(path):
    code = "\n".join(line.split("// ")[0] for line in (ROOT / "static" / path).read_text().splitlines())
    assert [text for _, text in SENTENCE.findall(code)] == []
