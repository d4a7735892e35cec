"""What the pages name is there: linked files and their headings, pictures, paths of the project."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PICTURE = re.compile(r'<img src="([^"]+)"')
FOLDERS = (
    "agent bench collector dashboards deploy docs fuzz govnet inventory province simulator tests"
)
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS.split())})/[\w./*-]*[\w*]")
IN_ITS_PLACE = re.compile(r"\b(NAME|TARGET|FAMILY)\b")
"""What a reader writes something else for."""
MADE_BY_THE_READER = {"deploy/compose/.env", "collector/master-key"}
"""The second is in the folder of secrets of `deploy/compose/README.md`."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path):
    text = _prose(page)
    links = [(link[1], link[2]) for link in LINK.finditer(text)]
    links += [(name, None) for name in PICTURE.findall(text)]

    assert [link for link in links if not _is_there(page, *link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_of_the_project_that_a_page_names_is_there(page: Path):
    named = set(PATH.findall(page.read_text(encoding="utf-8"))) - MADE_BY_THE_READER
    paths = [path for path in named if not IN_ITS_PLACE.search(path)]

    assert [path for path in paths if not any(ROOT.glob(path))] == []


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
