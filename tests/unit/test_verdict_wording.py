"""Verdicts in Vietnamese and English."""

import re
from pathlib import Path

import msgspec
import pytest

from collector.verdict import site
from collector.verdict.site.devices import NOTIFIED
from collector.verdict.verdicts import EvidenceNote
from collector.verdict.wording import (
    CAUSE_WORDS,
    CONDITION_WORDS,
    STATUS_WORDS,
    Language,
    moment,
    sentence,
)
from govnet.catalogue import CAUSES, CONDITIONS, STATUSES
from inventory.model import Carrier, Group, Inventory
from tests.judged_province import with_site

AT = 1_790_000_000.0
NOTES = (
    EvidenceNote("agents_heard", (3, AT)),
    EvidenceNote("agents_silent", (AT,)),
    EvidenceNote("agents_never_heard"),
    EvidenceNote("target_answers", ("xa-a/cpe", AT)),
    EvidenceNote("target_silent", (2, AT)),
    EvidenceNote("point_answers", ("xa-a/diem-cau", AT)),
    EvidenceNote("collector_away"),
    EvidenceNote("centre_without_result"),
    EvidenceNote("centre_cannot_look"),
    EvidenceNote("server_silent", ("xa-a/may-chu", AT)),
    EvidenceNote("office_silent", (6, AT)),
    EvidenceNote("machines_stayed_on", (4,)),
    EvidenceNote("gateway_answers_far_not"),
    EvidenceNote("gateway_answers_next_hop_not"),
    EvidenceNote("next_hop_answers_far_not"),
    EvidenceNote("far_answers"),
    EvidenceNote("gateway_silent"),
    EvidenceNote("peers_seen"),
    EvidenceNote("peers_silent"),
    EvidenceNote("cable_up"),
    EvidenceNote("cable_down", (1,)),
    EvidenceNote("switch_silent", ("xa-a/sw",)),
    EvidenceNote("resolvers_silent"),
    EvidenceNote("reports_held_back"),
    EvidenceNote("heard_by_relay"),
    EvidenceNote("on_battery", ("xa-a/pc-1", AT)),
    EvidenceNote("stopped_by_power", ("xa-a/pc-1", AT, AT)),
    EvidenceNote("device_answers", ("xa-a/sw", AT)),
    EvidenceNote("device_answered_within", ("xa-a/sw",)),
    EvidenceNote("ups_on_mains", ("xa-a/ups",)),
    EvidenceNote("light_lost", ("xa-a/cpe", AT)),
    EvidenceNote("notified_on_battery", ("xa-a/ups", AT)),
    EvidenceNote("notified_link_down", ("xa-a/cpe", AT)),
    EvidenceNote("exempt", ("trụ sở mật",)),
)


def test_times_are_local_and_written_the_vietnamese_way() -> None:
    assert moment(AT) == "21/09/2026 21:13"
    assert moment(AT, "UTC") == "21/09/2026 14:13"


def test_a_note_becomes_a_sentence() -> None:
    note = EvidenceNote("agents_silent", (AT,))

    assert sentence(note, "vi") == "Không máy nào gửi báo cáo từ 21/09/2026 21:13."
    assert sentence(note, "en") == "No machine has reported since 21/09/2026 21:13."


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.code)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_note_can_be_worded(note: EvidenceNote, language: Language) -> None:
    words = sentence(note, language)

    assert words.endswith(".")
    assert "{" not in words
    assert "1790000000" not in words


def test_every_note_that_the_judge_makes_is_tested_here() -> None:
    sources = Path(site.__file__).parent.glob("*.py")

    made = {
        code
        for source in sources
        for code in re.findall(r'EvidenceNote\(\s*"(\w+)"', source.read_text(encoding="utf-8"))
    }
    made |= {"target_answers", "point_answers", "device_answers"}  # Chosen by what answered.
    made |= {code for _, code, _ in NOTIFIED}
    assert made == {note.code for note in NOTES}


def test_every_status_cause_and_condition_has_words() -> None:
    assert tuple(STATUS_WORDS) == STATUSES
    assert tuple(CAUSE_WORDS) == CAUSES
    assert tuple(CONDITION_WORDS) == CONDITIONS


def test_an_inventory_gives_carriers_areas_and_sites_their_names(
    small_province: Inventory,
) -> None:
    inventory = msgspec.structs.replace(
        small_province,
        carriers={"vnpt": Carrier(id="vnpt", name="VNPT")},
        power_areas={"khu-1": Group(id="khu-1", name="Khu vực điện Đam Rông")},
    )
    note = EvidenceNote("feeder_or_carrier", ("khu-1", 5, "vnpt"))

    assert "khu vực điện Đam Rông" in sentence(note, "vi", inventory=inventory)
    assert "nhà mạng VNPT" in sentence(note, "vi", inventory=inventory)
    assert "khu-1" in sentence(note, "vi")


def test_an_inventory_gives_what_stands_in_a_site_its_name(small_province: Inventory) -> None:
    cpe = msgspec.structs.replace(small_province.sites["xa-a"].devices[0], name="Bộ định tuyến")
    inventory = with_site(small_province, "xa-a", devices=(cpe,))

    named, unnamed = (
        sentence(EvidenceNote("target_answers", (item, 0.0)), "vi", inventory=inventory)
        for item in ("xa-a/cpe", "xa-b/cpe")
    )

    assert "luôn bật Bộ định tuyến trả lời" in named
    assert "luôn bật xa-b/cpe trả lời" in unnamed
