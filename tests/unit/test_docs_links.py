"""Links and pictures of the pages lead to files that are there, and to headings in them."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PICTURE = re.compile(r'<img src="([^"]+)"')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path):
    text = _prose(page)
    links = [(link[1], link[2]) for link in LINK.finditer(text)]
    links += [(name, None) for name in PICTURE.findall(text)]

    assert [link for link in links if not _is_there(page, *link)] == []


def _is_there(page: Path, name: str, heading: str | None) -> bool:
    target = page.parent / name if name else page
    if heading is None or target.suffix != ".md":
        return target.exists()
    return target.is_file() and heading in _headings(target.resolve())


@cache
def _headings(page: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives a page's headings."""
    anchors: list[str] = []
    for title in re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title.lower())
        anchor = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
        same = anchors.count(anchor)
        anchors += [anchor] if not same else [anchor, f"{anchor}-{same}"]
    return frozenset(anchors)


def _prose(page: Path) -> str:
    """Return the page without its fenced blocks, in which `#` begins a comment."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.MULTILINE | re.DOTALL)
