"""A start takes over what was saved, and ends where no stop would have ended."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.state import AgentLive
from collector.verdict.spans import Span
from collector.wire import AgentIdentity, Received
from inventory.model import Inventory, Lifecycle
from tests.judged_province import START, Judged, Results, lan, path

MINUTE = 60.0
PC = "xa-b/pc-1"
OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")
SITES = tuple(f"xa-{letter}" for letter in "abcd")


class Disk:
    """What a collector saved of its verdicts."""

    def __init__(self) -> None:
        self.spans: dict[str, list[Span]] = {}

    def save(self, province: Judged) -> None:
        for changed in province.judgement.record.take_spans():
            kept = [span for span in self.spans.get(changed.item, ()) if span.start < changed.since]
            self.spans[changed.item] = [*kept, *changed.spans]

    def restart(self, province: Judged, stopped_seconds: float) -> Judged:
        self.save(province)
        saved = [span for spans in self.spans.values() for span in spans]
        return province.restarted(saved, stopped_seconds)


def live(province: Judged, minutes: int) -> None:
    province.minutes(minutes, PC, *OTHERS, a=True, b=True, c=True, d=True)


def cut(province: Judged, minutes: int, *, waiting: list[Received] | None = None) -> None:
    for _ in range(minutes):
        if waiting is not None:
            ends: Results = {("link", "xa-b/tslcd"): [path("far", answers=False)]}
            province.now += MINUTE
            waiting.append(province.made(PC, lan(PC, gateway=True) | ends))
            province.now -= MINUTE
        province.minutes(1, *OTHERS, a=True, b=False, c=True, d=True)


def stories(province: Judged) -> dict[str, list[tuple[str, str | None, float]]]:
    return {site: province.story(site) for site in SITES}


def outages(province: Judged) -> list[tuple[str, float, float | None, tuple[str, ...]]]:
    return [
        (
            case.outage.item,
            case.outage.started_at,
            case.outage.ended_at,
            tuple(phase.cause for phase in case.outage.phases),
        )
        for case in province.judgement.record.book.cases()
        if case.outage.item in SITES
    ]


def play(province: Judged, stops: set[int]) -> Judged:
    """Let an outage pass with its backlog; stop for 20 s after some of its minutes."""
    disk = Disk()
    waiting: list[Received] = []
    for minute in range(30):
        if 5 <= minute < 15:
            cut(province, 1, waiting=waiting)
        else:
            live(province, 1)
        if minute == 16:
            for one in waiting:
                late = msgspec.structs.replace(one, received_at=province.now)
                province.evidence.apply(late)
        province.judge()
        disk.save(province)
        if minute in stops:
            province = disk.restart(province, 20.0)
            province.judge()
            province.now -= 20
    return province


@pytest.mark.parametrize("stop", [2, 5, 7, 8, 10, 14, 15, 16, 17, 25])
def test_a_short_stop_at_any_moment_ends_where_no_stop_would(
    small_province: Inventory, received: Callable[..., Received], stop: int
) -> None:
    unbroken = play(Judged(small_province, received), set())
    stopped = play(Judged(small_province, received), {stop})

    assert outages(stopped) == outages(unbroken)
    assert stories(stopped) == stories(unbroken)


def test_a_restart_neither_ends_nor_renews_what_was_judged(alive: Judged) -> None:
    cut(alive, 6)
    before = alive.judge()
    assert (before.sites["xa-b"].status, before.sites["xa-c"].status) == ("down", "up")

    after = Disk().restart(alive, 600.0)
    shown = after.judgement.verdicts(after.now)
    assert shown.sites["xa-b"].status == "down"  # Before anything is judged anew.
    for _ in range(3):
        verdicts = after.judge()
        for site in ("xa-a", "xa-b", "xa-c"):
            known, now = before.sites[site], verdicts.sites[site]
            assert (now.status, now.cause) == (known.status, known.cause), site
            assert now.since == known.since, site
        after.now += 50


def test_a_stop_of_an_hour_leaves_unknown_what_was_so_meanwhile(alive: Judged) -> None:
    live(alive, 5)
    stopped_at = alive.now
    after = Disk().restart(alive, 3600.0)
    after.judge()
    assert after.status("xa-b") == "unknown"
    assert "collector_away" in after.codes("xa-b")
    live(after, 4)

    story = after.story("xa-b")
    assert [status for status, _, _ in story[-3:]] == ["up", "unknown", "up"]
    assert START + story[-2][2] * MINUTE > stopped_at


def test_an_outage_that_lasts_over_a_stop_of_an_hour_is_one_outage(alive: Judged) -> None:
    cut(alive, 6)
    after = Disk().restart(alive, 3600.0)
    after.judge()
    cut(after, 6)
    live(after, 2)

    (case,) = [case for case in after.judgement.record.book.cases() if case.outage.item == "xa-b"]
    assert case.outage.started_at == START + 4 * MINUTE
    assert case.outage.ended_at is not None


def test_evidence_decides_at_once_after_a_restart(alive: Judged) -> None:
    cut(alive, 6)
    after = Disk().restart(alive, 600.0)
    assert after.status("xa-b") == "down"
    after.hear(PC)

    verdict = after.site("xa-b")
    assert (verdict.status, verdict.cause, verdict.since) == ("up", None, after.now)


def test_an_exemption_that_ended_during_a_stop_is_not_held(alive: Judged) -> None:
    disk = Disk()
    disk.save(alive)
    site = msgspec.structs.replace(alive.inventory.sites["xa-g"], lifecycle=Lifecycle.ACTIVE)
    alive.inventory = msgspec.structs.replace(
        alive.inventory, sites=alive.inventory.sites | {"xa-g": site}
    )

    assert disk.restart(alive, 60.0).status("xa-g") == "never_seen"


def test_nothing_is_saved_again_after_a_start_that_changes_nothing(alive: Judged) -> None:
    live(alive, 200)
    after = Disk().restart(alive, 20.0)
    after.judge()

    assert after.judgement.record.take_spans() == ()


def test_what_could_not_be_saved_is_saved_with_the_next(alive: Judged) -> None:
    cut(alive, 6)
    changed = alive.judgement.record.take_spans()
    assert {one.item for one in changed} >= {"xa-b", "xa-b/tslcd"}
    assert alive.judgement.record.take_spans() == ()
    alive.judgement.record.put_back(changed)

    assert {one.item: one for one in alive.judgement.record.take_spans()} == {
        one.item: one for one in changed
    }


def test_a_site_remembered_from_before_a_stop_is_not_never_seen(province: Judged) -> None:
    identity = AgentIdentity("f", "xa-f", "xa-f/pc-1")
    at = START - 500
    province.evidence.newest.remember(AgentLive(identity, "0" * 16, 5, at, at, 60.0, 0.0))
    province.hear("xa-f/pc-1", at=at)
    province.minutes(4)

    verdict = province.site("xa-f")
    assert (verdict.status, verdict.last_sign_at) == ("unknown", at)
