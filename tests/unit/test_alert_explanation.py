"""What the duty officer reads of a fault, and that it stays the same while the fault does."""

import re

import msgspec
import pytest

from collector.alerts import explanation
from collector.alerts.explanation import MAX_CHARACTERS
from collector.alerts.told import Teller, rows
from collector.metrics.events import event_rows
from collector.verdict.shared.records import Event
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from govnet.catalogue import CATALOGUE, CAUSES
from inventory.model import Carrier, Contact, Group, Inventory

AT = 1_790_000_000.0
SILENT = (EvidenceNote("agents_silent", (AT - 60,)), EvidenceNote("target_silent", (1, AT)))


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    """Return the small province with somebody to call."""
    site = small_province.sites["xa-b"]
    link = msgspec.structs.replace(site.links[0], circuit="TSL-007", contract="15/HD")
    site = msgspec.structs.replace(
        site,
        links=(link,),
        power_area="don-duong",
        contacts=(Contact(role="Văn phòng xã", telephone="0263 000 001"),),
    )
    shift = Contact(role="Trực ca", telephone="0263 000 002", email="truc@vnpt.example")
    contracts = Contact(role="Đầu mối hợp đồng", email="hd@vnpt.example")
    area = Group(
        id="don-duong",
        name="Khu vực điện Đơn Dương",
        contacts=(Contact(role="Trực ban điều độ", telephone="0263 000 003"),),
    )
    return msgspec.structs.replace(
        small_province,
        carriers={"vnpt": Carrier(id="vnpt", name="VNPT", contacts=(shift, contracts))},
        power_areas={"don-duong": area},
        sites=small_province.sites | {"xa-b": site},
    )


def down(cause: str | None, site: str = "xa-b", **more: object) -> SiteVerdict:
    fields = {"status": "down", "evidence": SILENT, "since": AT, "last_sign_at": AT - 60} | more
    return SiteVerdict(site=site, cause=cause, **fields)  # type: ignore[arg-type]


def judged(*sites: SiteVerdict, at: float = AT, events: tuple[Event, ...] = ()) -> Verdicts:
    return Verdicts(at, {one.site: one for one in sites}, {}, frozenset(), events)


def test_a_cut_link_names_the_circuit_and_the_carriers_shift(province: Inventory) -> None:
    told = explanation.of_site(province, down("link"), province.units["xa"])

    assert told.since == "21:13 ngày 21/09/2026"
    assert told.cause == "Đường truyền từ điểm về trung tâm bị đứt hoặc lỗi."
    assert told.advice == (
        "Báo trực ca nhà mạng VNPT, mã kênh TSL-007, hợp đồng 15/HD. "
        "Ghi số phiếu báo hỏng vào sự cố."
    )
    assert told.call == "Trực ca (VNPT): 0263 000 002, truc@vnpt.example."
    assert told.evidence == (
        "Không máy nào gửi báo cáo từ 21/09/2026 21:12. "
        "1 thiết bị luôn bật không trả lời trung tâm từ 21/09/2026 21:13."
    )


def test_a_power_cut_sends_to_the_power_company_first(province: Inventory) -> None:
    told = explanation.of_site(province, down("power"), province.units["xa"])

    assert told.call == (
        "Trực ban điều độ (Khu vực điện Đơn Dương): 0263 000 003; "
        "Văn phòng xã (Trụ sở xa-b): 0263 000 001."
    )


def test_an_undetermined_cause_asks_the_office_before_the_carrier(province: Inventory) -> None:
    told = explanation.of_site(province, down("undetermined"), province.units["xa"])

    assert told.advice.startswith("Gọi đơn vị hỏi có điện không.")
    assert told.call.index("Văn phòng xã") < told.call.index("Trực ca (VNPT)")


def test_an_office_behind_a_router_that_answers_is_not_sent_to_the_carrier(
    province: Inventory,
) -> None:
    evidence = (*SILENT[:1], EvidenceNote("office_silent", (3, AT)))

    told = explanation.of_site(
        province, down("undetermined", status="degraded", evidence=evidence), province.units["xa"]
    )

    assert "hỏng switch" in told.cause
    assert "chưa gọi nhà mạng" in told.advice
    assert told.call == "Văn phòng xã (Trụ sở xa-b): 0263 000 001."


def test_a_suspected_centre_is_not_told_as_a_power_area(province: Inventory) -> None:
    event = Event("e", AT, None, "centre", "", "don-duong", ("xa-b", "xa-c"))

    assert explanation.where(province, event) == province.province.name
    assert (
        explanation.of_event(province, event).evidence
        == "Các điểm này mất liên lạc gần như cùng lúc."
    )


@pytest.mark.parametrize("code", ["resolvers_silent", "office_silent", "agents_heard"])
def test_nobody_is_sent_to_the_carrier_while_the_circuit_works(
    province: Inventory, code: str
) -> None:
    note = EvidenceNote(code, (3, AT))
    verdict = down("undetermined", status="degraded", evidence=(note,))
    told = explanation.of_site(province, verdict, province.units["xa"])

    assert told.advice.endswith("chưa gọi nhà mạng.")
    assert "VNPT" not in told.call


def test_nobody_is_asked_for_power_where_machines_stayed_on(province: Inventory) -> None:
    stayed_on = (*SILENT, EvidenceNote("machines_stayed_on", (1,)))
    told = explanation.of_site(province, down("undetermined", evidence=stayed_on), None)

    assert told.cause == "Chưa xác định hỏng ở đoạn nào; điểm vẫn có điện."
    assert "có điện không" not in told.advice
    assert "VNPT, mã kênh TSL-007" in told.advice


def test_without_any_contact_that_is_said(small_province: Inventory) -> None:
    told = explanation.of_site(small_province, down("lan", "xa-c"), None)

    assert told.call == "Danh mục chưa ghi đầu mối nào để gọi."


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_explained_in_whole_short_sentences(province: Inventory, cause: str) -> None:
    event = Event("e", AT, None, cause, "vnpt", "don-duong", ("xa-b", "xa-c"))
    for told in (
        explanation.of_site(province, down(cause), province.units["xa"]),
        explanation.of_site(province, down(cause, status="degraded"), None),
        explanation.of_event(province, event),
    ):
        for text in msgspec.structs.astuple(told):
            assert 0 < len(text) <= MAX_CHARACTERS
            assert "{" not in text
            assert "  " not in text


def test_an_event_tells_what_its_sites_share(province: Inventory) -> None:
    storm = Event("e", AT, None, "power", "vnpt", "don-duong", ("xa-b", "xa-c"))

    told = explanation.of_event(province, storm)

    assert told.cause == "Mất điện ở khu vực điện Đơn Dương."
    assert told.evidence == (
        "Các điểm này mất liên lạc gần như cùng lúc; đều dùng đường truyền VNPT; "
        "đều thuộc khu vực điện Đơn Dương."
    )
    assert explanation.where(province, storm) == "Khu vực điện Đơn Dương"
    mixed = msgspec.structs.replace(
        storm, cause="undetermined", causes=(("power", 30), ("undetermined", 9), ("link", 2))
    )
    assert (
        explanation.of_event(province, mixed).cause == "Nhiều nguyên nhân: mất điện, đường truyền."
    )
    nothing_shared = msgspec.structs.replace(storm, cause="undetermined", carrier="", power_area="")
    assert explanation.where(province, nothing_shared) == "Lâm Đồng"


def test_long_evidence_ends_after_a_whole_sentence(province: Inventory) -> None:
    told = explanation.of_site(province, down("link", evidence=SILENT * 9), None)

    assert len(told.evidence) <= MAX_CHARACTERS
    assert told.evidence.endswith(".")


def test_a_fault_keeps_its_words_while_only_the_time_of_the_look_changes(
    province: Inventory,
) -> None:
    teller = Teller()
    first = teller.tell(province, judged(down("link")))
    looked_again = (SILENT[0], EvidenceNote("target_silent", (1, AT + 600)))

    later = teller.tell(province, judged(down("link", evidence=looked_again), at=AT + 600))
    corrected = teller.tell(province, judged(down("power", evidence=looked_again), at=AT + 660))

    assert rows(first) == rows(later)
    assert rows(first) != rows(corrected)


def test_another_inventory_gives_other_words(province: Inventory) -> None:
    teller = Teller()
    verdicts = judged(down("link"))
    before = teller.tell(province, verdicts)

    after = teller.tell(msgspec.structs.replace(province, carriers={}), verdicts)

    assert before.sites["xa-b"].call != after.sites["xa-b"].call


def test_only_faulty_sites_and_lasting_events_are_told(province: Inventory) -> None:
    over = Event("over", AT - 600, AT - 60, "power", "", "don-duong", ("xa-c",))
    lasting = Event("now", AT, None, "carrier", "vnpt", "", ("xa-b", "xa-c"), ("xa-b",))
    verdicts = judged(
        down("carrier"),
        down(None, "xa-c", status="up"),
        down(None, "xa-d", status="maintenance"),
        down(None, "xa-e", status="unknown"),
        events=(over, lasting),
    )

    told = Teller().tell(province, verdicts)

    assert set(told.sites) == {"xa-b"}
    assert set(told.events) == {"now"}
    assert event_rows(verdicts.events) == {
        "govnet_event_sites": {("now", "carrier", "vnpt", ""): 2.0},
        "govnet_site_event": {("xa-b", "now"): 1.0},
        "govnet_event_start_timestamp_seconds": {("now",): AT},
    }
    for name, series in rows(told).items():
        assert {len(values) for values in series} == {len(CATALOGUE[name].labels)}


def test_no_word_names_a_person(province: Inventory) -> None:
    told = explanation.of_site(province, down("undetermined"), province.units["xa"])

    assert re.search(r"\b(ông|bà|anh|chị)\b", " ".join(msgspec.structs.astuple(told))) is None
