"""An agent is the declared machine that it shows to be: by name, address, serial or asset tag."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.binding import Marks, declared_machine
from collector.config import Config
from collector.process import Collector
from collector.siting import Siting
from collector.store import Store, open_store
from collector.store.audit import entries
from collector.store.binding import bind_by_facts
from collector.store.changes import approve
from collector.store.enrolment import enrol_by_token
from collector.store.machine_facts import Told, save_told
from collector.store.registry import load_registry
from collector.store.tokens import create
from collector.wire import FormerIdentity
from govnet.enrolment import EnrolAnswer, EnrolRequest, component_digest
from inventory.model import Inventory, Lifecycle, Machine, Site

MAC = "10:20:30:40:50:0A"
SEEN_MAC = {"mac": component_digest("mac", MAC.lower()), "disk": "0000000d"}


def machine(name: str, **more: object) -> Machine:
    return Machine(id=f"xa-a/{name}", profile="pc", **more)  # type: ignore[arg-type]


@pytest.fixture
def inventory(small_province: Inventory) -> Inventory:
    """Declare at xa-a what can be known by its marks, and what cannot."""
    site = msgspec.structs.replace(
        small_province.sites["xa-a"],
        machines=(
            machine("mot-cua", mac=MAC.replace(":", "-")),
            machine("van-thu", serial="PC1 ABCDE"),
            machine("ke-toan", asset_tag="TS-0002"),
            machine("pc-1"),
            machine("cu", serial="OLD-1", lifecycle=Lifecycle.RETIRED),
        ),
    )
    return msgspec.structs.replace(small_province, sites=small_province.sites | {"xa-a": site})


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (Marks("PC-1"), "xa-a/pc-1"),
        (Marks(hardware=SEEN_MAC), "xa-a/mot-cua"),
        (Marks(serial="pc1abcde"), "xa-a/van-thu"),
        (Marks(asset_tag=" ts-0002"), "xa-a/ke-toan"),
        (Marks("van-thu", serial="PC1ABCDE"), "xa-a/van-thu"),
        (Marks(), None),
        (Marks(serial="OLD-1"), None),
        (Marks(serial="TS-0002"), None),
        (Marks("pc-1", serial="PC1ABCDE"), None),
        (Marks(serial="PC1ABCDE", asset_tag="TS-0002"), None),
    ],
)
def test_marks_name_one_machine_or_none(inventory: Inventory, marks: Marks, found: str | None):
    declared = declared_machine(inventory.sites["xa-a"], marks, ())

    assert (declared and declared.id) == found


_MARK = st.sampled_from(("", "s1", "s2", "s3"))


@given(
    declared=st.lists(st.tuples(_MARK, _MARK), max_size=4),
    serial=_MARK,
    asset_tag=_MARK,
    taken=st.sets(st.integers(0, 3)),
)
def test_no_machine_is_bound_that_another_one_could_be_or_that_has_an_agent(
    declared: list[tuple[str, str]], serial: str, asset_tag: str, taken: set[int]
):
    machines = tuple(
        machine(f"m{index}", serial=one or None, asset_tag=tag or None)
        for index, (one, tag) in enumerate(declared)
    )
    site = Site(id="xa-a", name="A", kind="commune", assignments=(), machines=machines)  # type: ignore[arg-type]
    fitting = [
        index
        for index, (one, tag) in enumerate(declared)
        if (serial and one == serial) or (asset_tag and tag == asset_tag)
    ]

    found = declared_machine(
        site, Marks(serial=serial, asset_tag=asset_tag), {f"xa-a/m{index}" for index in taken}
    )

    expected = fitting[0] if len(fitting) == 1 and fitting[0] not in taken else None
    assert found == (None if expected is None else machines[expected])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


class Office:
    """Somebody who enrols machines at a site, which then tell what they are."""

    def __init__(self, store: Store, inventory: Inventory, site: str | None) -> None:
        self.store, self.inventory = store, inventory
        _, self.secret = create(store, site, 20, 0.0, 86_400.0)

    def enrol(self, **said: object) -> EnrolAnswer:
        request = EnrolRequest(secret=self.secret, key=secrets.token_hex(32), **said)  # type: ignore[arg-type]
        return enrol_by_token(self.store, Siting(self.inventory), request, "", 1.0).answer

    def tell(self, answer: EnrolAnswer, **facts: str) -> None:
        told = {f"hardware.{key}": text for key, text in facts.items()}
        save_told(self.store, [Told(answer.machine, answer.agent, 5.0, told)])

    def bind(self, *answers: EnrolAnswer) -> list[str]:
        """Bind by the facts of these, of all without any; return the machines."""
        asked = [answer.machine for answer in answers] or None
        return [one.machine for one in bind_by_facts(self.store, self.inventory, asked, 9.0)]


@pytest.fixture
def at_a(store: Store, inventory: Inventory) -> Office:
    return Office(store, inventory, "xa-a")


def test_a_declared_address_binds_at_enrolment_and_at_approval(store: Store, inventory: Inventory):
    assert Office(store, inventory, "xa-a").enrol(hardware=SEEN_MAC).machine == "xa-a/mot-cua"

    waiting = Office(store, inventory, None).enrol(hardware={"mac": SEEN_MAC["mac"]})
    (line,) = approve(store, inventory, [waiting.agent], "xa-a", 2.0)
    assert line.startswith("xa-a/pc-001: "), "the machine has an agent already"


def test_a_serial_number_that_arrives_later_binds_and_history_keeps_the_old_name(at_a: Office):
    one, other = at_a.enrol(), at_a.enrol()
    at_a.tell(one, serial="PC1ABCDE")
    at_a.tell(other, serial="else")

    assert at_a.bind(one, other) == ["xa-a/van-thu"]
    assert at_a.bind(one, other) == []

    rows = {row.identity.agent: row for row in load_registry(at_a.store).rows}
    assert rows[one.agent].identity.machine == "xa-a/van-thu"
    assert rows[one.agent].former == (FormerIdentity("xa-a", "xa-a/pc-001", 9.0),)
    assert rows[other.agent].identity.machine == "xa-a/pc-002"
    (noted,) = (one for one in entries(at_a.store, 99) if one.action == "agent bound by its facts")
    assert (noted.who, noted.detail) == ("collector", "xa-a/pc-001 -> xa-a/van-thu")


def test_of_two_that_show_one_number_the_first_is_the_machine(at_a: Office):
    one, other = at_a.enrol(), at_a.enrol()
    for answer in (other, one):
        at_a.tell(answer, asset_tag="TS-0002")

    assert at_a.bind() == ["xa-a/ke-toan"]
    assert at_a.bind() == []


def test_an_agent_that_speaks_for_a_declared_machine_stays_there(at_a: Office):
    named = at_a.enrol(hostname="pc-1")
    at_a.tell(named, serial="PC1ABCDE")

    assert at_a.bind() == at_a.bind(named) == []


def test_nothing_binds_across_sites_nor_while_an_agent_waits(store: Store, inventory: Inventory):
    elsewhere = Office(store, inventory, "xa-b")
    there = elsewhere.enrol(hardware=SEEN_MAC)
    elsewhere.tell(there, serial="PC1ABCDE")
    waiting = Office(store, inventory, None).enrol()

    assert (there.machine, waiting.state) == ("xa-b/pc-001", "pending")
    assert elsewhere.bind() == elsewhere.bind(there) == []


def test_a_machine_that_is_declared_later_is_found_by_what_was_told_before(
    store: Store, small_province: Inventory, inventory: Inventory
):
    office = Office(store, small_province, "xa-a")
    answer = office.enrol()
    office.tell(answer, serial="PC1ABCDE")
    assert office.bind() == []

    office.inventory = inventory
    assert office.bind() == ["xa-a/van-thu"]


INVENTORY = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
profiles: {machines: [{id: pc, name: Máy tính, role: pc}]}
units: [{id: xa, name: Xã, kind: commune}]
sites:
  - {id: trung-tam, name: Trung tâm, unit: xa, kind: data_centre}
  - id: xa-a
    name: Xã A
    unit: xa
    kind: commune
    machines: [{id: van-thu, profile: pc, serial: PC1ABCDE}]
"""


def test_facts_that_a_checkpoint_saves_bind_too(tmp_path: Path):
    """Whichever comes first takes them; both must let agents be known by them."""
    file, data = tmp_path / "inventory.yaml", tmp_path / "data"
    file.write_text(INVENTORY, encoding="utf-8")

    async def day() -> list[str]:
        collector = Collector(Config(inventory=str(file), data_dir=str(data)))
        saving, live = collector._saving, collector._live
        await saving.facts()
        other = open_store(data)
        agent = Office(other, live.inventory, "xa-a").enrol()
        told = Told(agent.machine, agent.agent, 5.0, {"hardware.serial": "PC1ABCDE"})
        live.machine_facts.put_back([told])
        await saving.checkpoint()
        await saving.facts()
        machines = [one.machine for one in load_registry(other).enrolled]
        other.close()
        await collector._close()
        return machines

    assert asyncio.run(day()) == ["xa-a/van-thu"]
