"""What a report changes in the live view, and what is refused."""

import gc
import tracemalloc
from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import CHECKS, MEASURED, Targets
from collector.series.layout import MAX_SERIES
from collector.series.state import EXPIRED_SERIES, AgentLive, State
from collector.wire import AgentIdentity, Received
from govnet.catalogue import CATALOGUE, Source
from inventory.model import Inventory

Make = Callable[..., Received]
PC = "xa-a/pc-1"
CPUS = "govnet_machine_cpus"


def lines(state: State, name: str) -> list[str]:
    return b"".join(state.render(name)).decode().splitlines()


def cpus(value: float) -> dict[tuple[str, str], list[tuple[object, ...]]]:
    return {("machine", PC): [(CPUS, value)]}


def test_a_measurement_carries_its_reports_time(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0625, cpus(4)))

    expected = ['govnet_machine_cpus{site="xa-a",machine="xa-a/pc-1"} 4.0 100062']
    assert lines(state, CPUS) == expected


def test_the_head_of_a_result_becomes_the_checks_own_metrics(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), error="hết giờ", age_seconds=2.5))

    labels = '{site="xa-a",machine="xa-a/pc-1",check="machine",target="xa-a/pc-1"}'
    assert lines(state, "govnet_check_success") == [f"govnet_check_success{labels} 0.0 100000"]
    assert lines(state, "govnet_check_age_seconds") == [
        f"govnet_check_age_seconds{labels} 2.5 100000"
    ]


def test_an_older_seq_changes_nothing(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), seq=7))
    state.apply(received(PC, 200.0, cpus(5), seq=6))

    assert lines(state, CPUS)[0].endswith(" 4.0 100000")
    assert state.agents["xa-a.pc-1"].seq == 7


def test_another_incarnation_counts_only_if_it_is_later(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), seq=7))
    state.apply(received(PC, 99.0, cpus(5), seq=9, incarnation="f" * 16))
    assert lines(state, CPUS)[0].endswith(" 4.0 100000")

    state.apply(received(PC, 101.0, cpus(6), seq=1, incarnation="f" * 16))
    assert lines(state, CPUS)[0].endswith(" 6.0 101000")


def test_measurements_vanish_after_three_intervals_and_the_agent_stays(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, cpus(4), interval_seconds=10.0))
    state.expire(130.0)
    assert state.series == 4

    state.expire(130.1)

    assert (state.series, lines(state, CPUS)) == (0, [])
    assert not state.agents["xa-a.pc-1"].up(130.1)


def test_a_province_that_falls_silent_expires_bit_by_bit(state: State, received: Make) -> None:
    """Withdrawing everything in one go would keep the reports that come waiting."""
    disks = "govnet_machine_disk_free_bytes"
    machines = [f"xa-{letter}/pc-1" for letter in "abcde"]
    for machine in machines:
        results: dict[tuple[str, str], list[tuple[object, ...]]] = {
            ("machine", machine): [(disks, 1.0, {"disk": str(disk)}) for disk in range(2_400)],
            ("lan", machine): [("govnet_lan_resolvers", 2)],
            ("service", "thu"): [("govnet_no_such", 1)],
        }
        state.apply(received(machine, 100.0, results))
    each = 2_400 + 3 + 1 + 3 + 3
    assert state.series == 5 * each

    state.expire(281.0)
    left = state.series
    assert 5 * each - EXPIRED_SERIES - each < left <= 5 * each - EXPIRED_SERIES
    state.apply(received("xa-e/pc-1", 290.0, {("machine", "xa-e/pc-1"): [(CPUS, 4)]}))
    state.expire(291.0)

    assert len(lines(state, CPUS)) == 1
    assert lines(state, disks) == []
    assert state.series == 4


def test_short_intervals_get_three_seconds(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), interval_seconds=0.1))
    state.expire(103.0)
    assert state.series == 4
    state.expire(103.1)
    assert state.series == 0


def test_an_interval_that_became_shorter_counts_at_once(state: State, received: Make) -> None:
    """An agent's first report, before it has its settings, comes at the default pace."""
    state.apply(received(PC, 100.0, cpus(4), interval_seconds=60.0))
    state.apply(received(PC, 105.0, cpus(4), interval_seconds=5.0))
    state.expire(120.0)
    assert state.series == 4
    state.expire(120.1)
    assert state.series == 0

    state.apply(received(PC, 290.0, cpus(4), interval_seconds=60.0))
    state.expire(300.0)
    assert state.series == 4


def test_an_agent_that_keeps_reporting_never_expires(state: State, received: Make) -> None:
    for at in range(100, 1_000, 60):
        state.apply(received(PC, float(at), cpus(4)))
        state.expire(at + 59.0)

        assert state.series == 4


def test_a_report_that_is_old_at_arrival_shows_only_that_the_agent_lived(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, cpus(4), received_at=281.0))

    assert state.series == 0
    assert state.agents["xa-a.pc-1"].last_report_at == 100.0


def test_samples_missing_from_a_report_vanish_at_once(state: State, received: Make) -> None:
    both = cpus(4) | {("lan", PC): [("govnet_lan_resolvers", 2)]}
    state.apply(received(PC, 100.0, both))
    state.apply(received(PC, 160.0, cpus(4)))

    assert lines(state, "govnet_lan_resolvers") == []
    assert state.series == 4


def test_a_moved_agent_leaves_its_old_series(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), agent="a"))
    moved = "xa-b/pc-1"
    state.apply(received(moved, 160.0, {("machine", moved): [(CPUS, 4)]}, agent="a"))

    assert lines(state, CPUS) == [f'{CPUS}{{site="xa-b",machine="xa-b/pc-1"}} 4.0 160000']


def test_a_machine_belongs_to_the_agent_that_reported_last(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4), agent="old"))
    state.apply(received(PC, 160.0, cpus(5), agent="new"))
    state.apply(received(PC, 110.0, cpus(6), agent="old"))

    assert lines(state, CPUS) == [f'{CPUS}{{site="xa-a",machine="xa-a/pc-1"}} 5.0 160000']
    assert set(state.agents) == {"new"}


def test_a_forgotten_agent_is_gone(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, cpus(4)))
    state.forget("xa-a.pc-1")

    assert (state.series, state.agents) == (0, {})


def test_what_is_remembered_from_before_a_restart_gives_way_to_reports(
    state: State, received: Make
) -> None:
    old = AgentLive(AgentIdentity("xa-a.pc-1", "xa-a", PC), "0" * 16, 5, 90.0, 91.0, 60.0, 0.5)
    state.remember(old)
    assert state.agents["xa-a.pc-1"] == old

    state.apply(received(PC, 100.0, cpus(4), seq=6))
    state.remember(old)

    assert state.agents["xa-a.pc-1"].seq == 6


def test_a_backlog_does_not_hide_the_newer_report_that_is_remembered(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, cpus(4), seq=5))
    newer = AgentLive(AgentIdentity("xa-a.pc-1", "xa-a", PC), "0" * 16, 9, 90.0, 91.0, 60.0, 0.5)
    state.remember(newer)

    assert state.agents["xa-a.pc-1"].seq == 9
    assert state.series == 0


REFUSED: list[tuple[str, str, str, tuple[object, ...], str]] = [
    (PC, "machine", PC, ("govnet_no_such", 1), "unknown_metric"),
    (PC, "machine", PC, ("govnet_site_status", 1, {"status": "up"}), "unknown_metric"),
    (PC, "machine", PC, ("govnet_check_success", 1), "unknown_metric"),
    (PC, "lan", PC, (CPUS, 1), "unknown_metric"),
    (PC, "machine", PC, (CPUS, 1, {"disk": "C:"}), "bad_labels"),
    (PC, "machine", PC, (CPUS, 1, {"site": "xa-b"}), "bad_labels"),
    (PC, "machine", PC, ("govnet_machine_disk_free_bytes", 1), "bad_labels"),
    (PC, "link", "xa-a/tslcd", ("govnet_link_rtt_seconds", 1, {"end": "moon"}), "bad_labels"),
    (PC, "agent", PC, ("govnet_agent_send_failures_total", -1.0), "bad_value"),
    (PC, "agent", PC, ("govnet_agent_send_failures_total", float("nan")), "bad_value"),
    (PC, "link", "xa-z/tslcd", ("govnet_link_rtt_seconds", 1, {"end": "far"}), "unknown_target"),
    (PC, "link", "xa-a/diem-cau", ("govnet_link_rtt_seconds", 1, {}), "unknown_target"),
    (PC, "trace", PC, ("govnet_link_rtt_seconds", 1, {"end": "far"}), "unknown_target"),
    ("xa-z/pc-1", "machine", "xa-z/pc-1", (CPUS, 1), "unknown_target"),
    (PC, "link", "xa-b/tslcd", ("govnet_link_rtt_seconds", 1, {"end": "far"}), "foreign_target"),
    (PC, "machine", "xa-a/pc-2", (CPUS, 1), "foreign_target"),
]


@pytest.mark.parametrize(("machine", "check", "target", "sample", "reason"), REFUSED)
def test_samples_are_refused_with_a_reason_in_every_report(
    state: State,
    received: Make,
    *,
    machine: str,
    check: str,
    target: str,
    sample: tuple[object, ...],
    reason: str,
) -> None:
    for at in (100.0, 160.0):
        assert state.apply(received(machine, at, {(check, target): [sample]})) == {reason: 1}
        assert state.series in (0, 3)  # at most the check's own metrics


def test_a_refused_sample_does_not_shift_the_others(state: State, received: Make) -> None:
    samples: list[tuple[object, ...]] = [
        (CPUS, 4),
        ("govnet_no_such", 5),
        ("govnet_machine_uptime_seconds", 6),
        (CPUS, 7),
    ]
    for at in (100.0, 160.0):
        refused = state.apply(received(PC, at, {("machine", PC): samples}))

        assert refused == {"unknown_metric": 1, "bad_labels": 1}
        assert " 4.0 " in lines(state, CPUS)[0]
        assert " 6.0 " in lines(state, "govnet_machine_uptime_seconds")[0]


def test_a_gauge_may_be_negative(state: State, received: Make) -> None:
    offset = {("machine", PC): [("govnet_machine_clock_offset_seconds", -2.5)]}

    assert state.apply(received(PC, 100.0, offset)) == {}
    assert " -2.5 " in lines(state, "govnet_machine_clock_offset_seconds")[0]


def test_the_centre_reports_on_every_site_under_the_targets_site(
    state: State, received: Make
) -> None:
    sample = ("govnet_link_reachable", 1, {"end": "site"})
    state.apply(received("trung-tam/giam-sat", 100.0, {("link", "xa-a/tslcd"): [sample]}))

    labels = 'site="xa-a",machine="trung-tam/giam-sat",link="xa-a/tslcd",end="site"'
    assert lines(state, "govnet_link_reachable") == [
        f"govnet_link_reachable{{{labels}}} 1.0 100000"
    ]


def test_the_centre_reports_on_what_is_always_on_anywhere_and_an_office_on_its_own(
    state: State, received: Make
) -> None:
    router = {("always_on", "xa-b/cpe"): [("govnet_target_reachable", 1)]}
    assert state.apply(received(PC, 100.0, router)) == {"foreign_target": 1}
    state.apply(received("trung-tam/giam-sat", 100.0, router))

    labels = 'site="xa-b",machine="trung-tam/giam-sat",target="xa-b/cpe"'
    assert lines(state, "govnet_target_reachable") == [
        f"govnet_target_reachable{{{labels}}} 1.0 100000"
    ]


def test_a_service_is_reported_under_the_site_that_used_it(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, {("service", "thu"): [("govnet_service_up", 1)]}))

    labels = 'site="xa-a",machine="xa-a/pc-1",service="thu"'
    assert lines(state, "govnet_service_up") == [f"govnet_service_up{{{labels}}} 1.0 100000"]


def test_free_labels_are_cut_and_cleaned_of_what_would_end_a_scrape(
    state: State, received: Make
) -> None:
    disk = {"disk": "a\x00\n" + "b" * 100}
    state.apply(
        received(PC, 100.0, {("machine", PC): [("govnet_machine_disk_free_bytes", 1, disk)]})
    )

    assert f'disk="a  {"b" * 61}"' in lines(state, "govnet_machine_disk_free_bytes")[0]


def test_very_long_labels_are_not_remembered_but_published_each_time(
    state: State, received: Make
) -> None:
    disk = {"disk": "x" * 5_000}
    sample = ("govnet_machine_disk_free_bytes", 1, disk)
    for at in (100.0, 160.0):
        assert state.apply(received(PC, at, {("machine", PC): [sample]})) == {}
        assert lines(state, "govnet_machine_disk_free_bytes")[0].endswith(f" {at * 1000:.0f}")
    assert state.series == 4


def test_one_agent_cannot_fill_the_columns(state: State, received: Make) -> None:
    samples: list[tuple[object, ...]] = [
        ("govnet_machine_disk_free_bytes", 1, {"disk": str(number)})
        for number in range(MAX_SERIES + 10)
    ]

    refused = state.apply(received(PC, 100.0, {("machine", PC): samples}))

    assert refused == {"too_many_series": 13}
    assert state.series == MAX_SERIES


def test_empty_results_count_against_the_agents_series_too(state: State, received: Make) -> None:
    """Every result has the check's own three metrics, however few samples it has."""
    samples: list[tuple[object, ...]] = [
        ("govnet_machine_disk_free_bytes", 1, {"disk": str(number)})
        for number in range(MAX_SERIES - 4)
    ]
    results: dict[tuple[str, str], list[tuple[object, ...]]] = {
        ("machine", PC): samples,
        ("lan", PC): [("govnet_lan_resolvers", 2)],
    }

    assert state.apply(received(PC, 100.0, results)) == {"too_many_series": 1}
    assert state.series == MAX_SERIES - 1


def test_refused_results_leave_nothing_behind(state: State, received: Make) -> None:
    """A hostile agent must not fill the memory with results that nobody may see."""
    unknown: dict[tuple[str, str], list[tuple[object, ...]]] = {
        ("link", f"xa-a/{number}"): [] for number in range(3_000)
    }
    state.apply(received(PC, 100.0, unknown))
    tracemalloc.start()
    try:
        for turn in range(3):
            unknown = {("link", f"xa-a/{turn}-{number}"): [] for number in range(3_000)}
            state.apply(received(PC, 101.0 + turn, unknown))
            unknown.clear()
        gc.collect()
        # Threads of other tests allocate meanwhile; only what the state keeps is meant.
        ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/collector/series/*")
        kept = tracemalloc.take_snapshot().filter_traces([ours]).statistics("filename")
    finally:
        tracemalloc.stop()

    assert state.series == 0
    assert sum(statistic.size for statistic in kept) < 100_000


def test_another_inventory_withdraws_what_it_does_not_have(
    state: State, received: Make, small_province: Inventory
) -> None:
    sample = ("govnet_link_reachable", 1, {"end": "far"})
    state.apply(received(PC, 100.0, cpus(4) | {("link", "xa-a/tslcd"): [sample]}))

    site = msgspec.structs.replace(small_province.sites["xa-a"], links=())
    changed = msgspec.structs.replace(small_province, sites=small_province.sites | {"xa-a": site})
    state.replace_inventory(Targets(changed), {})

    assert lines(state, "govnet_link_reachable") == []
    assert len(lines(state, CPUS)) == 1


def test_an_agent_of_another_shard_is_exposed_there(
    small_province: Inventory, received: Make
) -> None:
    state = State(Targets(small_province), {"xa-a": 3})
    state.apply(received(PC, 100.0, cpus(4)))

    assert b"".join(state.render(CPUS, 0)) == b""
    assert b"".join(state.render(CPUS, 3)) != b""


def test_every_measurement_belongs_to_one_check() -> None:
    measured = {name for name, row in CATALOGUE.items() if row.source is Source.MEASUREMENT}

    assert set(MEASURED) == {name for name in measured if not name.startswith("govnet_check_")}
    assert {row.check for row in MEASURED.values()} == set(CHECKS)
