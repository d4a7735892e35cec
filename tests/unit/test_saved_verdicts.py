"""What was judged comes back from the database; only what changed is written."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from collector.store import Store, open_store
from collector.verdict.saved import changes, load_verdicts, save_verdicts
from collector.verdict.verdicts import EvidenceNote, ItemKind, ItemVerdict, SiteVerdict, Verdicts

DOWN = SiteVerdict("a", "down", "centre", 10.0, 9.5, (), 1.0)
NEVER = SiteVerdict("thu", "never_seen", None, 1.0, None, (), 1.0)
LINK = ItemVerdict("a/tslcd", "a", "unreachable", 10.0, ItemKind.LINK)
SERVICE = ItemVerdict("thu", "a", "up", 2.0, ItemKind.SERVICE)
JUDGED = Verdicts(10.0, {"a": DOWN, "thu": NEVER}, {"a/tslcd": LINK, "thu": SERVICE}, frozenset())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def test_what_was_judged_comes_back(store: Store) -> None:
    save_verdicts(store, changes(None, JUDGED))

    assert load_verdicts(store) == JUDGED


def test_before_the_first_judgement_there_is_nothing(store: Store) -> None:
    assert load_verdicts(store) is None


def test_changed_verdicts_replace_old_ones_and_those_that_left_go(store: Store) -> None:
    save_verdicts(store, changes(None, JUDGED))
    up = msgspec.structs.replace(DOWN, status="up", cause=None, since=20.0, last_sign_at=20.0)
    link = msgspec.structs.replace(LINK, status="up", since=20.0)
    later = Verdicts(20.0, {"a": up}, {"a/tslcd": link}, frozenset())
    save_verdicts(store, changes(load_verdicts(store), later))

    assert load_verdicts(store) == later


def test_as_long_as_no_status_changes_nothing_is_written() -> None:
    heard = msgspec.structs.replace(
        DOWN, last_sign_at=99.0, evidence=(EvidenceNote("agents_silent", (99.0,)),)
    )
    again = msgspec.structs.replace(JUDGED, judged_at=99.0, sites=JUDGED.sites | {"a": heard})

    assert not changes(JUDGED, again)
    first = msgspec.structs.replace(NEVER, last_sign_at=99.0)
    again = msgspec.structs.replace(JUDGED, sites=JUDGED.sites | {"thu": first})
    assert changes(JUDGED, again).old_sites == {"thu"}
