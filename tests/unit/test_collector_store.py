import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from collector.config import Config
from collector.intake.checkpoint import (
    Checkpoint,
    LastReport,
    load_live,
    load_position,
    load_seen,
    load_shards,
    save,
    save_shards,
)
from collector.intake.sequence import Ledger, Seen
from collector.intake.timing import Moment
from collector.store import Store, open_store
from collector.store.database import FILE_NAME, find_vault, open_reader
from collector.store.registry import enrol, enrol_all, load_registry, registry_version, revoke
from collector.store.tables import metadata
from collector.web.access import (
    Access,
    Need,
    make_link,
    redeem_link,
    session_of,
)
from govnet.errors import ConfigError, WireError
from inventory.model import Inventory


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def test_migrations_make_exactly_the_tables_of_the_code(store: Store):
    with store.write() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_file_with_the_keys_is_for_its_owner_only(store: Store, tmp_path: Path):
    del store

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_file_that_is_no_database_is_a_users_mistake(tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 100)

    with pytest.raises(ConfigError, match="cannot be used as database"):
        open_store(tmp_path)


def test_a_folder_may_be_called_anything(tmp_path: Path):
    data = tmp_path / "dữ liệu #1 50%?mode=memory&x=y"

    open_store(data).close()
    open_reader(data, find_vault(data)).close()

    assert (data / FILE_NAME).stat().st_size > 0
    assert {path.name for path in tmp_path.iterdir()} == {data.name, f"{data.name}.master-key"}


def test_an_enrolled_agent_is_found_by_its_key(store: Store, small_province: Inventory):
    new = enrol(store, small_province, "xa-a", "pc-1", 5.0)
    registry = load_registry(store)

    assert registry.credential(new.identity.agent, new.key).secret == new.secret
    assert registry.enrolled == (new.identity,)
    assert new.identity.machine == "xa-a/pc-1"
    assert new.secret.hex() not in repr(new)


def test_without_a_name_the_next_free_place_is_taken(store: Store, small_province: Inventory):
    names = [enrol(store, small_province, "xa-b", None, 5.0).identity.machine for _ in range(2)]

    assert names == ["xa-b/pc-001", "xa-b/pc-002"]


@pytest.mark.parametrize(
    ("site", "machine", "problem"),
    [
        ("xa-z", None, "not in the inventory"),
        ("xa-a", "pc-mat", "exempt"),
        ("xa-a", "tslcd", "another kind"),
        ("xa-a", "pc-2", "has an agent already"),
    ],
)
def test_an_agent_that_cannot_be_is_refused(
    store: Store, small_province: Inventory, site: str, machine: str | None, problem: str
):
    enrol(store, small_province, "xa-a", "pc-2", 5.0)

    with pytest.raises(ConfigError, match=problem):
        enrol(store, small_province, site, machine, 5.0)


def test_a_revoked_agent_is_refused_and_its_machine_is_free(
    store: Store, small_province: Inventory
):
    new = enrol(store, small_province, "xa-a", "pc-1", 5.0)
    before = registry_version(store)
    revoke(store, new.identity.agent, 6.0)
    registry = load_registry(store)

    with pytest.raises(WireError) as caught:
        registry.credential(new.identity.agent, new.key)
    assert caught.value.reason == "revoked"
    assert registry.identity(new.identity.agent) is None
    assert registry.version > before
    enrol(store, small_province, "xa-a", "pc-1", 7.0)
    with pytest.raises(ConfigError, match="revoked already"):
        revoke(store, new.identity.agent, 8.0)
    with pytest.raises(ConfigError, match="not enrolled"):
        revoke(store, "nobody", 8.0)


@pytest.mark.parametrize(("agent", "key", "reason"), [("x", "k1", "unknown_agent")])
def test_unknown_agents_and_keys_are_told_apart(
    store: Store, small_province: Inventory, agent: str, key: str, reason: str
):
    new = enrol(store, small_province, "xa-a", "pc-1", 5.0)
    registry = load_registry(store)

    with pytest.raises(WireError) as unknown_agent:
        registry.credential(agent, key)
    with pytest.raises(WireError) as unknown_key:
        registry.credential(new.identity.agent, "k9")
    assert (unknown_agent.value.reason, unknown_key.value.reason) == (reason, "unknown_key")


LIVE = LastReport(
    agent="x",
    incarnation="a" * 16,
    seq=5,
    last_report_at=1.0,
    received_at=2.0,
    interval_seconds=60.0,
    skew_seconds=-1.0,
)


def test_a_checkpoint_comes_back_as_it_was_saved(store: Store):
    timed = Moment(5, 990.125)
    save(store, Checkpoint(10, {"x": {"b": Seen([(1, 9)]), "a": Seen([(1, 3), (5, 5)])}}, [LIVE]))
    save(store, Checkpoint(20, {"x": {"a": Seen([(1, 5)], timed), "c": Seen([(1, 1)])}}, [LIVE]))
    ledger = Ledger()
    load_seen(store, ledger)

    assert load_position(store) == 20
    assert ledger.spans("x") == {"a": [(1, 5)], "c": [(1, 1)]}
    assert list(ledger.spans("x")) == ["a", "c"]
    assert (ledger.newest("x", "a"), ledger.newest("x", "c")) == (timed, None)
    assert load_live(store) == [LIVE]


def test_shards_are_kept(store: Store):
    save_shards(store, {"a": 0, "b": 1}.items())
    save_shards(store, {"c": 2}.items())
    save_shards(store, [])

    assert load_shards(store) == {"a": 0, "b": 1, "c": 2}


def test_a_login_link_works_once(store: Store):
    token = make_link(store, now=100.0)
    cookie = redeem_link(store, token, 101.0, session_seconds=50.0)

    assert cookie is not None
    assert redeem_link(store, token, 102.0, session_seconds=50.0) is None
    session = session_of(store, cookie)
    assert session is not None
    assert (session.account, session.ends_at, session.used_at) == (None, 151.0, 101.0)


def test_an_old_login_link_is_worthless(store: Store):
    token = make_link(store, now=100.0, lifetime_seconds=10.0)

    assert redeem_link(store, token, 110.0, session_seconds=50.0) is None
    assert redeem_link(store, "", 105.0, session_seconds=50.0) is None


ACCESS = Access(
    Config(metrics_allow=("127.0.0.0/8", "2001:db8::/32")).networks,
    {Need.SCRAPE: ("scrape-token", "read-token"), Need.READ: ("read-token",), Need.OPERATE: ()},
)


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("2001:db8::5", True),
        ("198.18.0.1", False),
        ("::1", False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_only_listed_addresses_may_scrape(host: str | None, *, listed: bool):
    assert ACCESS.is_listed(host) is listed


@pytest.mark.parametrize(
    ("need", "header", "held"),
    [
        (Need.SCRAPE, "Bearer scrape-token", True),
        (Need.SCRAPE, "bearer read-token", True),
        (Need.READ, "Bearer scrape-token", False),
        (Need.READ, "Basic read-token", False),
        (Need.READ, "Bearer ", False),
        (Need.READ, "", False),
        (Need.OPERATE, "Bearer read-token", False),
    ],
)
def test_a_token_opens_what_it_was_made_for(need: Need, header: str, *, held: bool):
    assert ACCESS.holds(need, header) is held


def test_many_are_enrolled_together_or_none_of_them(store: Store, small_province: Inventory):
    wanted = [("xa-a", None), ("xa-a", None), ("xa-b", "pc-7"), ("xa-nowhere", None)]

    with pytest.raises(ConfigError, match="xa-nowhere"):
        enrol_all(store, small_province, wanted, 1.0)
    assert load_registry(store).rows == ()

    made = enrol_all(store, small_province, wanted[:3], 1.0)

    assert [key.identity.machine for key in made] == ["xa-a/pc-001", "xa-a/pc-002", "xa-b/pc-7"]
    assert len({key.secret for key in made}) == 3
    assert [row.identity for row in load_registry(store).rows] == [key.identity for key in made]
