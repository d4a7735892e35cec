"""What is forgotten in memory stays on disk: the judge goes back 40 days, the record a year."""

import pytest

from collector.verdict import judge
from collector.verdict.spans import Span
from inventory.calendar import Expectation, Window
from tests.judged_province import INTERVAL_SECONDS, START, Judged

DAY = 86_400.0
PC = "xa-b/pc-1"


def take_saved(province: Judged, disk: dict[str, list[Span]]) -> None:
    for changed in province.judgement.record.take_spans():
        disk[changed.item] = [
            span for span in disk.get(changed.item, ()) if span.start < changed.since
        ] + list(changed.spans)


def test_what_is_older_than_the_judge_goes_back_stays_on_disk(
    alive: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "KEPT_SECONDS", 20 * INTERVAL_SECONDS)
    monkeypatch.setattr(judge, "TIDY_SECONDS", INTERVAL_SECONDS)
    disk: dict[str, list[Span]] = {}
    for _ in range(3):
        alive.minutes(10, "xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1", a=True, b=False, c=True, d=True)
        alive.minutes(20, "xa-a/pc-1", PC, "xa-c/pc-1", "xa-d/pc-1", a=True, b=True, c=True, d=True)
        take_saved(alive, disk)

    statuses = [span.status for span in disk["xa-b"]]
    assert statuses == ["up", "down"] * 3 + ["up"]


def test_a_machine_lost_longer_than_evidence_is_kept_was_seen_all_the_same(alive: Judged) -> None:
    alive.now += 60 * DAY
    alive.evidence.expire(alive.now - 40 * DAY)
    alive.minutes(3, "xa-a/pc-1", a=True, b=True)

    assert alive.item(PC) == "lost"


def test_nothing_is_judged_anew_of_which_the_evidence_is_gone(alive: Judged) -> None:
    alive.minutes(30, PC, a=True, b=True)
    alive.now += 20 * DAY
    alive.evidence.expire(alive.now - 8 * DAY)
    alive.minutes(3, PC, a=True, b=True)
    work = Window("xa-b", START + 600.0, START + 1200.0, Expectation.MAINTENANCE)
    alive.judgement.set_windows({"xa-b": (work,)})
    alive.minutes(3, PC, a=True, b=True)

    at_work = [
        one.status for one in alive.judgement.record.spans("xa-b") if one.start < START + 1500.0
    ]
    assert at_work == ["up"]
