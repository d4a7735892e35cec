"""Links and pictures of the docs lead to files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path):
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["first-day.md", "ngay-dau-tien.md"])
def test_the_first_day_shows_every_picture_that_is_taken_of_it(name: str):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    taken = re.findall(
        r'"(first-day-[a-z]+\.png)"', (ROOT / "tests/e2e/test_first_day.py").read_text()
    )

    assert sorted(taken) == sorted(re.findall(r"!\[.+\]\(img/([^)]+)\)", text))
    assert sorted(taken) == sorted(one.name for one in (ROOT / "docs" / "img").iterdir())
