"""What is forgotten in memory stays on disk: the judge goes back 40 days, the record a year."""

import pytest

from collector.verdict import judge
from collector.verdict.spans import Span
from tests.judged_province import INTERVAL_SECONDS, Judged

PC = "xa-b/pc-1"


def take_saved(province: Judged, disk: dict[str, list[Span]]) -> None:
    for changed in province.judgement.take_spans():
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
