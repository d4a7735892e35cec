"""Reading the runbook's pages: from Markdown (CommonMark) to what is shown and searched.

A page begins with its title (`# ...`) and one line that says how urgent it is and who is told; what
follows `## In English: ...` is the English part. A link to another page names its file, as readers
of the repository need it, and leads to that page's path when it is shown.
"""

import re
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final

import msgspec

from collector.runbook.subjects import SUBJECTS, href
from inventory.names import search_key, slug

ENGLISH: Final = "## In English: "
_PAGE_FILE: Final = re.compile(r"^(Govnet\w+)\.md$")


class Entry(msgspec.Struct, frozen=True):
    """The page of one alert; `vietnamese` and `english` are Markdown, without their titles."""

    alert: str
    subject: str
    title: str
    lead: str
    vietnamese: str
    english_title: str
    english: str


class Shown(msgspec.Struct, frozen=True):
    """The page of one alert as HTML."""

    entry: Entry
    vietnamese: str
    english: str


def parted(alert: str, subject: str, text: str) -> Entry:
    """Return a page by its Markdown."""
    vietnamese, _, english = text.partition(ENGLISH)
    title, lead, rest = (*vietnamese.split("\n\n", 2), "", "")[:3]
    english_title, _, english_rest = english.partition("\n")
    return Entry(
        alert=alert,
        subject=subject,
        title=title.removeprefix("# ").strip(),
        lead=" ".join(lead.replace("**", "").split()),
        vietnamese=rest.strip(),
        english_title=english_title.strip(),
        english=english_rest.strip(),
    )


@cache
def entries() -> tuple[Entry, ...]:
    """Return every page, by subject. They are the package's own files and are read once."""
    folder = resources.files(__package__) / "alerts"
    return tuple(
        parted(alert, subject, (folder / f"{alert}.md").read_text(encoding="utf-8"))
        for subject, alerts in SUBJECTS.items()
        for alert in alerts
    )


def found(query: str) -> list[Entry]:
    """Return the pages that hold every word of a query, whatever its case and diacritics."""
    words = search_key(query).split()
    return [entry for entry in entries() if all(word in _key(entry) for word in words)]


@lru_cache(maxsize=64)
def shown(alert: str) -> Shown | None:
    """Return the page of an alert as HTML, None if there is no such page.

    Raw HTML of a page is shown as text.
    """
    entry = next((one for one in entries() if one.alert == alert), None)
    if entry is None:
        return None
    return Shown(entry, _html(entry.vietnamese), _html(entry.english))


@lru_cache(maxsize=64)
def _key(entry: Entry) -> str:
    texts = (entry.alert, entry.subject, entry.title, entry.lead, entry.vietnamese, entry.english)
    return search_key(" ".join((*texts, entry.english_title)))


def _html(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only who opens a page pays for it

    reader = MarkdownIt("commonmark", {"html": False})
    tokens = reader.parse(text)
    for token, after in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(after.content))
        for inner in token.children or ():
            page = _PAGE_FILE.match(str(inner.attrGet("href") or ""))
            if page is not None:
                inner.attrSet("href", href(page[1]))
    html: str = reader.renderer.render(tokens, reader.options, {})
    return html
