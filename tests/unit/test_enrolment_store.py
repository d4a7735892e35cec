"""How a machine becomes an agent, keeps being one when installed anew, and renews its key."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import msgspec
import pytest

from collector.siting import Siting
from collector.store import Store, enrolment, open_store
from collector.store.audit import entries
from collector.store.changes import approve, approve_all
from collector.store.enrolment import Enrolled, add_key, enrol_by_token
from collector.store.known_agents import AgentRow
from collector.store.registry import load_registry, revoke
from collector.store.tokens import create, revoke_token, tokens
from govnet.enrolment import EnrolAnswer, EnrolRequest, NewKeyRequest
from govnet.errors import ConfigError, WireError
from inventory.model import Inventory

DAY_SECONDS = 86_400.0
HARDWARE = {"board": "0000000b", "disk": "0000000d", "mac": "0000000e"}
AT_A, AT_B, NOWHERE = "198.18.1.7", "198.18.2.7", "192.0.2.1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def siting(small_province: Inventory) -> Siting:
    """Give xa-a and xa-b networks and short codes."""
    sites = dict(small_province.sites)
    for site, network, code in (("xa-a", AT_A, "DD-01"), ("xa-b", AT_B, "DD-02")):
        networks = (network.rpartition(".")[0] + ".0/24",)
        sites[site] = msgspec.structs.replace(sites[site], networks=networks, code=code)
    return Siting(msgspec.structs.replace(small_province, sites=sites))


class Office:
    """Somebody with a token at the machines of an office."""

    def __init__(self, store: Store, siting: Siting, site: str | None, uses: int) -> None:
        self.store, self.siting = store, siting
        self.id, self.secret = create(store, site, uses, 0.0, DAY_SECONDS)

    def enrol(self, host: str = NOWHERE, now: float = 1.0, **said: object) -> Enrolled:
        """Enrol a machine, a new one unless it says otherwise."""
        given = {"secret": self.secret, "key": secrets.token_hex(32), "hardware": {}} | said
        return enrol_by_token(self.store, self.siting, EnrolRequest(**given), host, now)  # type: ignore[arg-type]

    def refused(self, reason: str, **said: object) -> None:
        """Expect a refusal that takes no use of the token."""
        before = self.uses_left()
        with pytest.raises(WireError) as caught:
            self.enrol(**said)  # type: ignore[arg-type]
        assert caught.value.reason == reason
        assert self.uses_left() == before
        assert self.secret not in str(caught.value)

    def uses_left(self) -> int:
        (row,) = (row for row in tokens(self.store) if row.id == self.id)
        return row.uses_left

    def row(self, answer: EnrolAnswer) -> AgentRow:
        (row,) = (
            row for row in load_registry(self.store).rows if row.identity.agent == answer.agent
        )
        return row


@pytest.fixture
def office(store: Store, siting: Siting) -> Callable[..., Office]:
    def make(site: str | None = "xa-a", uses: int = 5) -> Office:
        return Office(store, siting, site, uses)

    return make


def test_a_token_of_a_site_makes_an_agent_there(office: Callable[..., Office]):
    at = office()
    key = secrets.token_hex(32)
    done = at.enrol(key=key, hardware=HARDWARE, hostname="PHONG-HOP")

    assert (done.result, done.answer.state) == ("active", "active")
    assert (done.answer.site, done.answer.machine) == ("xa-a", "xa-a/pc-001")
    credential = load_registry(at.store).credential(done.answer.agent, done.answer.key_id)
    assert credential.secret.hex() == key
    row = at.row(done.answer)
    assert (row.hostname, dict(row.hardware)) == ("PHONG-HOP", HARDWARE)
    assert at.uses_left() == 4


def test_a_host_name_binds_to_the_declared_machine_and_the_next_one_fills_a_place(
    office: Callable[..., Office],
):
    at = office()

    assert at.enrol(hostname="PC-2").answer.machine == "xa-a/pc-2"
    assert at.enrol(hostname="pc-2").answer.machine == "xa-a/pc-001"
    assert at.enrol(hostname="pc-mat").answer.machine == "xa-a/pc-002", "that one is exempt"


def test_every_wrong_token_is_refused_with_its_reason(office: Callable[..., Office]):
    at = office(uses=1)
    at.refused("bad_token", secret="x" * 43)
    at.refused("token_expired", now=DAY_SECONDS)
    at.enrol()
    at.refused("token_used_up")
    revoke_token(at.store, at.id, 2.0)
    at.refused("bad_token")
    with pytest.raises(ConfigError, match="revoked already"):
        revoke_token(at.store, at.id, 3.0)


def test_a_tokens_site_that_left_the_inventory_is_refused(store: Store, small_province: Inventory):
    sites = {name: site for name, site in small_province.sites.items() if name != "xa-a"}
    siting = Siting(msgspec.structs.replace(small_province, sites=sites))

    Office(store, siting, "xa-a", 1).refused("bad_token")


def test_two_that_want_the_last_use_at_once_are_one_and_a_refusal(tmp_path: Path, siting: Siting):
    """Two connections, as of two processes."""
    stores = [open_store(tmp_path / "data") for _ in range(2)]
    _, secret = create(stores[0], "xa-a", 1, 0.0, DAY_SECONDS)
    ready = Barrier(2)

    def enrol(store: Store) -> str:
        ready.wait()
        request = EnrolRequest(secret=secret, key=secrets.token_hex(32))
        try:
            return enrol_by_token(store, siting, request, NOWHERE, 1.0).result
        except WireError as exc:
            return exc.reason

    with ThreadPoolExecutor() as threads:
        results = sorted(threads.map(enrol, stores))

    assert results == ["active", "token_used_up"]
    assert len(load_registry(stores[0]).rows) == 1
    for store in stores:
        store.close()


def test_a_lost_answer_is_repeated_and_takes_no_use(office: Callable[..., Office]):
    at = office(uses=1)
    said = {"key": secrets.token_hex(32), "hardware": HARDWARE, "hostname": "a"}
    first = at.enrol(**said)

    again = at.enrol(now=2 * DAY_SECONDS, **said)

    assert (again.result, again.answer) == ("repeated", first.answer)
    assert len(load_registry(at.store).rows) == 1


def test_the_same_key_on_another_machine_is_a_conflict(office: Callable[..., Office]):
    at = office()
    key = secrets.token_hex(32)
    at.enrol(key=key, hardware=HARDWARE)
    at.refused("key_conflict", key=key, hardware={"board": "0000000f", "disk": "0000000f"})


def test_a_key_of_a_revoked_agent_is_a_conflict(office: Callable[..., Office]):
    at = office()
    key = secrets.token_hex(32)
    revoke(at.store, at.enrol(key=key, hardware=HARDWARE).answer.agent, 2.0)
    at.refused("key_conflict", key=key, hardware=HARDWARE)


def test_a_pc_installed_anew_stays_who_it_is_and_its_old_key_is_worthless(
    office: Callable[..., Office],
):
    at = office()
    old = at.enrol(hardware=HARDWARE).answer

    new = at.enrol(hardware={"board": HARDWARE["board"], "mac": HARDWARE["mac"]}, hostname="moi")

    assert new.result == "reimaged"
    assert (new.answer.agent, new.answer.machine) == (old.agent, old.machine)
    assert new.answer.key_id != old.key_id
    registry = load_registry(at.store)
    assert registry.credential(old.agent, new.answer.key_id)
    with pytest.raises(WireError, match="revoked"):
        registry.credential(old.agent, old.key_id)
    assert at.uses_left() == 3


@pytest.mark.parametrize(
    "hardware",
    [
        {"board": HARDWARE["board"]},
        HARDWARE | {"board": "0000000f"},
        HARDWARE | {"disk": "0000000f", "mac": "0000000f"},
        {"board": HARDWARE["board"], "disk": "0000000f"},
        {"board": "0000000f", "disk": "0000000f"},
        {},
    ],
)
def test_a_machine_that_is_not_surely_known_is_a_new_agent(
    office: Callable[..., Office], hardware: dict[str, str]
):
    at = office()
    old = at.enrol(hardware=HARDWARE).answer

    assert at.enrol(hardware=hardware).answer.agent != old.agent
    assert load_registry(at.store).credential(old.agent, old.key_id)


@pytest.mark.parametrize("changed", ["disk", "mac"])
def test_a_pc_installed_anew_on_another_disk_stays_who_it_is(
    office: Callable[..., Office], changed: str
):
    at = office()
    old = at.enrol(hardware=HARDWARE).answer

    new = at.enrol(hardware=HARDWARE | {changed: "0000000f"})

    assert (new.result, new.answer.agent, new.answer.machine) == (
        "reimaged",
        old.agent,
        old.machine,
    )
    assert at.row(new.answer).hardware[changed] == "0000000f"


def test_a_token_of_another_site_takes_no_agent_over_and_one_of_the_province_does(
    office: Callable[..., Office],
):
    old = office().enrol(hardware=HARDWARE).answer

    assert office("xa-b").enrol(hardware=HARDWARE).answer.agent != old.agent
    revoke(office().store, old.agent, 2.0)
    assert office().enrol(hardware=HARDWARE).answer.agent != old.agent, "revoked on purpose"


def test_the_province_knows_a_machine_wherever_it_was(office: Callable[..., Office]):
    old = office().enrol(hardware=HARDWARE).answer

    new = office(None).enrol(host=AT_B, hardware=HARDWARE)

    assert (new.result, new.answer.agent, new.answer.site) == ("reimaged", old.agent, "xa-a")


def test_who_types_the_code_of_another_site_has_moved_the_machine_there(
    office: Callable[..., Office],
):
    old = office().enrol(hardware=HARDWARE).answer
    province = office(None)

    mistyped = province.enrol(host=AT_A, hardware=HARDWARE, code="DD-02")
    assert (mistyped.result, mistyped.answer.agent) == ("reimaged", old.agent)

    moved = province.enrol(host=NOWHERE, hardware=HARDWARE, code="DD-02")
    assert (moved.result, moved.answer.site) == ("active", "xa-b")
    assert moved.answer.agent != old.agent


@pytest.mark.parametrize(
    ("host", "code", "site"),
    [
        (AT_A, "", "xa-a"),
        (f"::ffff:{AT_A}", "", "xa-a"),
        (NOWHERE, "dd-02", "xa-b"),
        (NOWHERE, " XA-B ", "xa-b"),
        (AT_A, "DD-01", "xa-a"),
    ],
)
def test_network_or_code_say_where_a_machine_of_the_province_stands(
    office: Callable[..., Office], host: str, code: str, site: str
):
    answer = office(None).enrol(host=host, code=code).answer

    assert (answer.state, answer.site) == ("active", site)


@pytest.mark.parametrize("code", ["DD-99", "xa-g"])
def test_a_code_of_no_open_site_is_refused(office: Callable[..., Office], code: str):
    office(None).refused("unknown_site_code", code=code)


def test_who_cannot_be_placed_waits_and_is_refused_until_approved(
    office: Callable[..., Office],
):
    at = office(None)
    answer = at.enrol(hostname="PC-2").answer

    assert (answer.state, answer.site, answer.machine) == ("pending", "", "")
    with pytest.raises(WireError) as caught:
        load_registry(at.store).credential(answer.agent, answer.key_id)
    assert caught.value.reason == "pending"
    assert load_registry(at.store).enrolled == ()

    with pytest.raises(ConfigError, match="--site"):
        approve(at.store, at.siting.inventory, [answer.agent], None, 2.0)
    (line,) = approve(at.store, at.siting.inventory, [answer.agent], "xa-a", 2.0)

    assert line == f"xa-a/pc-2: {answer.agent} approved"
    assert load_registry(at.store).credential(answer.agent, answer.key_id)


def test_code_and_network_that_contradict_are_shown_and_wait(office: Callable[..., Office]):
    at = office(None)
    answer = at.enrol(host=AT_A, code="DD-02").answer

    row = at.row(answer)
    assert (answer.state, row.proposed_site, row.network_site) == ("pending", "xa-b", "xa-a")
    assert approve_all(at.store, at.siting.inventory, 2.0) == ([], 1)


def test_a_pending_machine_that_comes_again_with_a_code_takes_no_second_use(
    office: Callable[..., Office],
):
    """Both with the key that it has, and with a new one after it was installed anew."""
    at = office(None, uses=2)
    key = secrets.token_hex(32)
    first = at.enrol(key=key, hardware=HARDWARE).answer
    second = at.enrol(hardware=HARDWARE | {}, key=secrets.token_hex(32)).answer
    assert (second.agent, second.state, at.uses_left()) == (first.agent, "pending", 1)
    at.refused("key_conflict", key=key, hardware=HARDWARE)

    other = {"key": secrets.token_hex(32), "hardware": {"board": "00000001"}}
    waiting = at.enrol(**other)
    placed = at.enrol(code="dd-01", **other)

    assert (waiting.result, placed.result, at.uses_left()) == ("pending", "active", 0)
    assert (placed.answer.agent, placed.answer.key_id) == (
        waiting.answer.agent,
        waiting.answer.key_id,
    )
    assert load_registry(at.store).credential(placed.answer.agent, placed.answer.key_id)


def test_all_whose_network_was_declared_meanwhile_are_approved_together(
    store: Store, siting: Siting, small_province: Inventory
):
    """They enrolled while the inventory had no networks: nobody knew them."""
    at = Office(store, Siting(small_province), None, 3)
    first = at.enrol(host=AT_A, hostname="pc-1").answer
    second = at.enrol(host=AT_B).answer
    nowhere = at.enrol().answer
    assert approve_all(store, small_province, 2.0) == ([], 3)
    assert approve_all(store, siting.inventory, 2.0, "trung-tam") == ([], 3)

    lines, left = approve_all(store, siting.inventory, 3.0)

    assert lines == [f"xa-a/pc-1: {first.agent} approved", f"xa-b/pc-001: {second.agent} approved"]
    assert (left, at.row(nowhere).state) == (1, "pending")
    assert at.row(second).is_enrolled


def test_killed_before_the_end_nothing_is_written(
    office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
):
    at = office(uses=1)
    key = secrets.token_hex(32)
    for step in ("use_token", "insert_key", "write_hardware", "touch", "note"):
        with monkeypatch.context() as patch:

            def die(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(enrolment, step, die)
            with pytest.raises(KeyboardInterrupt):
                at.enrol(key=key)
        assert (at.uses_left(), load_registry(at.store).rows) == (1, ())

    assert at.enrol(key=key).result == "active"


NEW = NewKeyRequest(key_id="k2", key="ab" * 32)


def test_a_new_key_stands_beside_the_old_one(office: Callable[..., Office]):
    at = office()
    old = at.enrol().answer
    for _ in range(2):
        answer = add_key(at.store, old.agent, old.key_id, NEW, 2.0)
        assert (answer.key_id, answer.machine) == ("k2", old.machine)

    registry = load_registry(at.store)
    assert registry.credential(old.agent, "k2").secret.hex() == NEW.key
    assert registry.credential(old.agent, old.key_id)
    assert [key.id for key in at.row(old).live_keys] == ["k1", "k2"]


def test_a_third_key_ends_the_one_that_was_never_used(office: Callable[..., Office]):
    at = office()
    old = at.enrol().answer
    add_key(at.store, old.agent, "k1", NEW, 2.0)
    add_key(at.store, old.agent, "k1", NewKeyRequest(key_id="k3", key="cd" * 32), 3.0)

    assert [key.id for key in at.row(old).live_keys] == ["k1", "k3"]
    with pytest.raises(WireError, match="key_conflict"):
        add_key(at.store, old.agent, "k1", NEW, 4.0)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (NewKeyRequest(key_id="k1", key="ab" * 32), "key_conflict"),
        (NewKeyRequest(key_id="k9", key="11" * 32), "key_conflict"),
        (NewKeyRequest(key_id="", key="ab" * 32), "bad_schema"),
        (NewKeyRequest(key_id="a/b", key="ab" * 32), "bad_schema"),
    ],
)
def test_a_new_key_that_cannot_stand_is_refused(
    office: Callable[..., Office], request_: NewKeyRequest, reason: str
):
    at = office()
    answer = at.enrol(key="11" * 32).answer

    with pytest.raises(WireError) as caught:
        add_key(at.store, answer.agent, "k1", request_, 2.0)
    assert caught.value.reason == reason
    assert request_.key not in str(caught.value)


def test_every_change_is_accounted_for(office: Callable[..., Office]):
    at = office()
    agent = at.enrol(now=10.0).answer.agent
    revoke(at.store, agent, 20.0)

    made, enrolled, revoked = entries(at.store, 10)
    assert (made.action, made.subject) == ("token created", at.id)
    assert (enrolled.who, enrolled.action) == (f"token {at.id}", "agent enrolled (active)")
    assert (revoked.action, revoked.subject, revoked.at) == ("agent revoked", agent, 20.0)
    assert revoked.who
    assert at.secret not in str(entries(at.store, 10))
