"""Events in words and as metrics."""

import re
from pathlib import Path

import msgspec
import pytest

from collector.metrics.events import event_rows
from collector.verdict import shared
from collector.verdict.notes import EvidenceNote
from collector.verdict.shared.records import Event
from collector.verdict.shared.wording import event_sentence
from collector.verdict.wording import Language, sentence
from govnet.catalogue import CATALOGUE
from inventory.model import Carrier, Group, Inventory

AT = 1_790_000_000.0  # 21/09/2026 21:13
HOUR = 3600.0
NOTES = (
    EvidenceNote("many_at_once", (150, 206)),
    EvidenceNote("centre_silent_together", (AT,)),
    EvidenceNote("centre_or_carrier", (70, 92, "vnpt")),
    EvidenceNote("carrier_down", ("vnpt", 60, 62)),
    EvidenceNote("same_power_area", ("khu-1", "xa-b")),
    EvidenceNote("area_on_carriers", ("khu-1", 3, 2)),
    EvidenceNote("feeder_or_carrier", ("khu-1", 3, "vnpt")),
    EvidenceNote("in_event", (AT,)),
)
STORM = Event(
    id="20260921T1413Z",
    started_at=AT,
    ended_at=None,
    cause="power",
    carrier="",
    power_area="",
    sites=tuple(f"xa-{number}" for number in range(32)),
    silent=tuple(f"xa-{number}" for number in range(32)),
    causes=(("power", 32),),
)


@pytest.fixture
def named(small_province: Inventory) -> Inventory:
    """Return a province with a carrier and a power area that have names."""
    return msgspec.structs.replace(
        small_province,
        carriers={"vnpt": Carrier(id="vnpt", name="VNPT")},
        power_areas={"khu-1": Group(id="khu-1", name="Đơn Dương")},
    )


def test_a_storm_is_the_sentence_that_the_ministry_asks_for(named: Inventory) -> None:
    assert event_sentence(STORM, named, 92, "vi", now=AT + HOUR) == (
        "Mất liên lạc 32/92 điểm từ 21:13, nguyên nhân: mất điện"
    )
    assert event_sentence(STORM, named, 92, "en", now=AT + HOUR) == (
        "32 of 92 sites cut off since 21:13, cause: power"
    )


def test_a_time_of_another_day_has_its_date(named: Inventory) -> None:
    text = event_sentence(STORM, named, 92, "vi", now=AT + 12 * HOUR)

    assert text == "Mất liên lạc 32/92 điểm từ 21/09/2026 21:13, nguyên nhân: mất điện"


def test_sites_that_are_back_are_counted_off(named: Inventory) -> None:
    event = msgspec.structs.replace(STORM, silent=("xa-1", "xa-2"))

    assert event_sentence(event, named, 92, "vi", now=AT + HOUR) == (
        "Mất liên lạc 32/92 điểm từ 21:13, nay còn 2, nguyên nhân: mất điện"
    )
    assert event_sentence(event, named, 92, "en", now=AT + HOUR) == (
        "32 of 92 sites cut off since 21:13, 2 still are, cause: power"
    )


def test_an_event_that_is_over_says_until_when(named: Inventory) -> None:
    event = msgspec.structs.replace(STORM, ended_at=AT + HOUR, silent=())

    assert event_sentence(event, named, 92, "vi", now=AT + 2 * HOUR) == (
        "Đã mất liên lạc 32/92 điểm từ 21:13 đến 22:13, nguyên nhân: mất điện"
    )
    assert event_sentence(event, named, 92, "en", now=AT + 2 * HOUR) == (
        "32 of 92 sites were cut off from 21:13 to 22:13, cause: power"
    )


def test_carriers_and_power_areas_stand_by_their_names(named: Inventory) -> None:
    carrier = msgspec.structs.replace(
        STORM, cause="carrier", carrier="vnpt", causes=(("carrier", 32),)
    )
    area = msgspec.structs.replace(STORM, power_area="khu-1")

    assert event_sentence(carrier, named, 92, "vi", now=AT).endswith("nguyên nhân: nhà mạng VNPT")
    assert event_sentence(carrier, named, 92, "en", now=AT).endswith("cause: carrier VNPT")
    assert event_sentence(area, named, 92, "vi", now=AT).endswith(
        "nguyên nhân: mất điện (khu vực điện Đơn Dương)"
    )


def test_what_the_inventory_no_longer_knows_stands_by_its_id(named: Inventory) -> None:
    event = msgspec.structs.replace(STORM, cause="carrier", carrier="cũ", causes=(("carrier", 32),))

    assert event_sentence(event, named, 92, "vi", now=AT).endswith("nguyên nhân: nhà mạng cũ")


def test_a_mixed_event_says_how_many_sites_have_which_cause(named: Inventory) -> None:
    event = msgspec.structs.replace(
        STORM, cause="undetermined", causes=(("power", 20), ("undetermined", 12))
    )

    assert event_sentence(event, named, 92, "vi", now=AT).endswith(
        "nguyên nhân: mất điện (20), chưa xác định (12)"
    )


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.code)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_note_can_be_worded(note: EvidenceNote, language: Language) -> None:
    words = sentence(note, language)

    assert words.endswith(".")
    assert "{" not in words
    assert "1790000000" not in words


def test_every_note_that_is_made_of_company_is_tested_here() -> None:
    folder = Path(shared.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]

    made = set(re.findall(r'EvidenceNote\(\s*"(\w+)"', "\n".join(sources)))
    assert made == {note.code for note in NOTES}


def test_an_event_that_lasts_has_series_and_one_that_is_over_has_none() -> None:
    lasting = msgspec.structs.replace(
        STORM, carrier="vnpt", sites=("xa-a", "xa-b", "xa-c"), silent=("xa-a", "xa-c")
    )
    over = msgspec.structs.replace(lasting, id="20260920T1413Z", ended_at=AT)

    assert event_rows([over, lasting]) == {
        "govnet_event_sites": {("20260921T1413Z", "power", "vnpt", ""): 3.0},
        "govnet_site_event": {
            ("xa-a", "20260921T1413Z"): 1.0,
            ("xa-c", "20260921T1413Z"): 1.0,
        },
        "govnet_event_start_timestamp_seconds": {("20260921T1413Z",): AT},
    }


def test_the_rows_have_the_catalogues_labels() -> None:
    for name, rows in event_rows([STORM]).items():
        for labels in rows:
            assert len(labels) == len(CATALOGUE[name].labels)
