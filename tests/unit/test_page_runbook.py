"""The runbook as it is found and shown."""

from html.parser import HTMLParser

import pytest

from collector.pages.runbook_routes import listed
from collector.runbook.book import entries, found, parted, shown
from collector.runbook.subjects import SUBJECTS, href_of_kind, href_of_status
from collector.verdict.spans import SpanKind

TEXT = """# Tiêu đề

**Khẩn**: báo trực tỉnh.

## Nghĩa là gì

<script>alert(1)</script> và [điểm](GovnetSiteSilent.md).

## In English: Title

**Urgent**: the duty officer.

### What it means

Nothing.
"""


@pytest.mark.parametrize("query", ["mất điện", "MAT DIEN", "mat  dien"])
def test_pages_are_found_with_and_without_diacritics(query: str) -> None:
    names = [entry.alert for entry in found(query)]

    assert {"GovnetSiteSilent", "GovnetUpsOnBattery"} <= set(names)
    assert "GovnetHistoryBehind" not in names


def test_a_page_is_found_by_its_alerts_name_and_by_english_words() -> None:
    assert "GovnetBackupOld" in [entry.alert for entry in found("govnetbackupold")]
    assert "GovnetBackupOld" in [entry.alert for entry in found("new backup")]


def test_all_pages_stand_by_subject_in_their_order() -> None:
    shown_by = [
        (subject, [entry.alert for entry, _ in pages]) for subject, pages in listed("").subjects
    ]

    assert shown_by == [(subject, list(alerts)) for subject, alerts in SUBJECTS.items()]


def test_nothing_is_found_for_words_of_no_page() -> None:
    assert listed("kangaroo").subjects == []


def test_a_page_is_parted_into_its_languages() -> None:
    entry = parted("GovnetX", "Chủ đề", TEXT)

    assert entry.title == "Tiêu đề"
    assert entry.lead == "Khẩn: báo trực tỉnh."
    assert entry.english_title == "Title"
    assert entry.english.startswith("**Urgent**")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.styled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.styled += [name for name, _ in attrs if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("alert", [entry.alert for entry in entries()])
def test_a_page_is_text_headings_and_links_that_the_policy_of_content_allows(alert: str) -> None:
    page = shown(alert)

    assert page is not None
    tags = Tags()
    tags.feed(page.vietnamese + page.english)
    assert tags.styled == []
    allowed = {"h2", "h3", "p", "ol", "ul", "li", "pre", "code", "a", "strong", "em"}
    assert tags.seen <= allowed
    assert '<h2 id="lam-gi">' in page.vietnamese, "the page leads there from its top"
    assert '<h2 id="goi-ai">' in page.vietnamese


def test_markup_of_a_page_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "collector.runbook.book.entries", lambda: (parted("GovnetX", "Chủ đề", TEXT),)
    )
    page = shown.__wrapped__("GovnetX")

    assert page is not None
    assert "&lt;script&gt;alert(1)" in page.vietnamese
    assert '<a href="/runbook/GovnetSiteSilent">điểm</a>' in page.vietnamese


def test_there_is_no_page_for_another_name() -> None:
    assert shown("../book") is None
    assert shown("GovnetNothing") is None


def test_outages_and_faulty_sites_lead_to_a_page_that_there_is() -> None:
    paths = {href_of_kind(kind) for kind in SpanKind}
    paths |= {href_of_status(status) for status in ("down", "degraded", "up", None)}

    assert all(path == "" or shown(path.rpartition("/")[2]) is not None for path in paths)
    assert href_of_status("up") == ""
