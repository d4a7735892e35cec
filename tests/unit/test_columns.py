"""Columns: tables of verdicts, escaping, pieces of a stream, change while streaming."""

from collections.abc import Callable

from collector.metrics.exposition import PIECE_BYTES, Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.columns import CHUNK_SERIES, Family, Table, labels_text, series_text
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import SiteVerdict, Verdicts
from collector.wire import Received
from govnet.catalogue import STATUSES
from inventory.model import Inventory

NOTHING = Verdicts(0.0, {}, {}, frozenset())


def covered(inventory: Inventory) -> Coverage:
    return Coverage({}, {}, (), {}, inventory)


def text(table: Table) -> list[str]:
    return sorted(b"".join(table.render()).decode().splitlines())


def test_a_table_holds_exactly_the_rows_it_is_shown() -> None:
    table = Table("m", ("site", "status"))
    table.show({("a", "up"): 1.0, ("b", "up"): 1.0})
    table.show({("b", "up"): 0.0, ("c", "%"): 1.0})

    assert text(table) == ['m{site="b",status="up"} 0.0', 'm{site="c",status="%"} 1.0']
    assert table.count == 2

    table.show({})
    assert text(table) == []


def test_label_values_are_escaped_and_empty_ones_left_out() -> None:
    assert labels_text([("a", '\\ " \n'), ("b", ""), ("c", "Đà Lạt")]) == (
        'a="\\\\ \\" \\n",c="Đà Lạt"'
    )
    assert series_text("m", []) == b"m"


def test_a_hole_is_filled_before_a_new_chunk_is_opened() -> None:
    family = Family(timed=False)
    slots = [family.add(b"m%d" % number) for number in range(CHUNK_SERIES)]
    family.remove(slots[7])
    family.add(b"again")

    chunks = list(family.render())
    assert len(chunks) == 1
    assert chunks[0].splitlines()[7] == b"again 0.0"


def test_streams_come_in_pieces_and_the_state_may_change_between_them(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    state = State(Targets(small_province), {})
    samples = [
        ("govnet_machine_disk_free_bytes", 1.0, {"disk": f"{number}"}) for number in range(4_000)
    ]
    for machine in ("xa-a/pc-1", "xa-b/pc-1"):
        state.apply(received(machine, 100.0, {("machine", machine): samples}))
    stream = Exposition(state, SelfMetrics("1")).stream(
        NOTHING, covered(small_province), Part(verdicts=False)
    )

    first = next(stream)
    state.forget("xa-b.pc-1")
    rest = list(stream)

    assert all(len(piece) >= PIECE_BYTES for piece in (first, *rest[:-1]))
    lines = b"".join((first, *rest)).decode().splitlines()
    kept = [line for line in lines if line.startswith("govnet_machine_disk") and "xa-a" in line]
    assert len(kept) == 4_000
    assert len(lines) == len(set(lines))


def many_sites(status: str, at: float) -> Verdicts:
    sites = {
        f"xa-{number}": SiteVerdict(f"xa-{number}", status, None, at, at, ())
        for number in range(300)
    }
    return Verdicts(at, sites, {}, frozenset())


def test_a_scrape_shows_one_judgement_whatever_is_judged_and_scraped_meanwhile(
    small_province: Inventory,
) -> None:
    exposition = Exposition(State(Targets(small_province), {}), SelfMetrics("1"))
    coverage = covered(small_province)
    stream = exposition.stream(many_sites("up", 1.0), coverage, Part.VERDICTS)

    first = next(stream)
    list(exposition.stream(many_sites("down", 2.0), coverage, Part.VERDICTS))
    lines = b"".join((first, *stream)).decode().splitlines()

    status = [line for line in lines if line.startswith("govnet_site_status{")]
    assert len(status) == 300 * len(STATUSES)
    shown = [line for line in status if line.endswith(" 1.0")]
    assert len(shown) == 300
    assert all('status="up"' in line for line in shown)
    since = [line for line in lines if line.startswith("govnet_site_status_since")]
    assert [line.rpartition(" ")[2] for line in since] == ["1.0"] * 300


def test_a_series_laid_out_anew_during_a_scrape_stands_there_once(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    state = State(Targets(small_province), {})
    machine = "xa-a/pc-1"
    samples = [
        ("govnet_machine_disk_free_bytes", 1.0, {"disk": f"{number}"}) for number in range(4_000)
    ]
    state.apply(received(machine, 100.0, {("machine", machine): samples}))
    stream = Exposition(state, SelfMetrics("1")).stream(
        NOTHING, covered(small_province), Part(verdicts=False)
    )

    first = next(stream)
    state.apply(received(machine, 160.0, {("machine", machine): [*samples[1:], samples[0]]}))
    lines = b"".join((first, *stream)).decode().splitlines()

    disks = [line.partition(" ")[0] for line in lines if line.startswith("govnet_machine_disk")]
    assert len(disks) == len(set(disks)) == 4_000
