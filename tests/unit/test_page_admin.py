"""The page of administration on a real collector: agents, tokens, accounts, and who did it."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from collector.accounts import saved
from collector.accounts.records import Role
from collector.accounts.viewer import COOKIE
from collector.siting import Siting
from collector.store import open_store
from collector.store.audit import Entry, entries
from collector.store.enrolment import enrol_by_token
from collector.store.registry import load_registry
from collector.store.tokens import create, tokens
from govnet.enrolment import EnrolmentToken, EnrolRequest
from inventory.load import load
from tests.accounts import TWO_COMMUNES, people, signed_in
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
XSS = '<script>alert("x")</script>'


@pytest.fixture
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    file = tmp_path_factory.mktemp("province") / "inventory.yaml"
    file.write_text(TWO_COMMUNES, encoding="utf-8")
    made = Centre(file, None, Clock(NOW))
    try:
        made.enrol(load(file))
        made.start()
        made.work()
        store = open_store(made.data)
        _, secret = create(store, None, 1, NOW, 3600.0)
        request = EnrolRequest(secret=secret, key="0b" * 32, hostname=XSS[:60])
        enrol_by_token(store, Siting(load(file)), request, "192.0.2.1", NOW)
        made.cookie = signed_in(store, "quan-tri", people()["quan-tri"], NOW)  # type: ignore[attr-defined]
        store.close()
        yield made
    finally:
        made.close()


def sent(centre: Centre, **fields: str) -> tuple[int, str]:
    """Send a form of the page; follow where it leads."""
    own = {
        "Cookie": f"{COOKIE}={centre.cookie}",  # type: ignore[attr-defined]
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    status, headers, body = centre.request("POST", "/admin", own, urlencode(fields).encode())
    if status == 303:
        assert "once" not in headers["Location"]
        return status, seen(centre, headers["Location"])
    return status, html.unescape(body.decode())


def seen(centre: Centre, path: str) -> str:
    cookie = {"Cookie": f"{COOKIE}={centre.cookie}"}  # type: ignore[attr-defined]
    status, _, body = centre.request("GET", path, cookie, b"")
    assert status == 200
    return html.unescape(body.decode())


def changes(centre: Centre) -> list[Entry]:
    store = open_store(centre.data)
    try:
        return [one for one in entries(store, 50) if one.who == "quan-tri"]
    finally:
        store.close()


def agents(centre: Centre) -> dict[str, tuple[str, bool]]:
    """Return machine -> agent, and whether it is revoked; who waits is ""."""
    store = open_store(centre.data)
    try:
        rows = load_registry(store).rows
    finally:
        store.close()
    return {row.identity.machine: (row.identity.agent, row.revoked_at is not None) for row in rows}


def test_an_agent_is_approved_where_somebody_says_it_stands(centre: Centre):
    agent, _ = agents(centre)[""]
    assert sent(centre, action="agent_approve", agent=agent)[0] == 422
    assert sent(centre, action="agent_approve", agent=agent, site="khong-co")[0] == 422

    status, page = sent(centre, action="agent_approve", agent=agent, site="don")
    assert (status, "Đã duyệt." in page) == (303, True)
    assert any(
        machine.startswith("don/") and a == agent for machine, (a, _) in agents(centre).items()
    )
    assert ("agent approved", agent) in [(one.action, one.subject) for one in changes(centre)]


def test_an_agent_is_revoked_only_after_a_second_question(centre: Centre):
    agent, _ = agents(centre)["duc/pc-1"]
    asked = seen(centre, f"/admin?revoke={agent}")
    assert "Tôi chắc chắn muốn thu hồi" in asked
    assert sent(centre, action="agent_revoke", agent=agent)[0] == 422
    assert not agents(centre)["duc/pc-1"][1]

    assert sent(centre, action="agent_revoke", agent=agent, confirm="1")[0] == 303
    assert agents(centre)["duc/pc-1"] == (agent, True)
    assert sent(centre, action="agent_revoke", agent=agent, confirm="1")[0] == 422
    assert "duc/pc-1" not in seen(centre, "/admin")
    assert "duc/pc-1" in seen(centre, "/admin?state=revoked")


def test_what_a_waiting_machine_calls_itself_does_nothing(centre: Centre):
    cookie = {"Cookie": f"{COOKIE}={centre.cookie}"}  # type: ignore[attr-defined]
    body = centre.request("GET", "/admin?state=pending", cookie, b"")[2].decode()

    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_the_word_of_a_token_is_shown_once_and_kept_nowhere(centre: Centre):
    status, page = sent(centre, action="token_create", site="don", uses="3", days="2")
    assert status == 200
    found = re.search(r"<pre>([^<]+)</pre>", page)
    assert found
    word = EnrolmentToken.parse(found[1])
    assert word.secret not in seen(centre, "/admin?tab=tokens")
    store = open_store(centre.data)
    made = tokens(store)[-1]
    store.close()
    assert (made.site, made.uses, made.expires_at) == ("don", 3, NOW + 2 * 86_400.0)
    assert word.secret not in repr(changes(centre))

    assert sent(centre, action="token_revoke", token=made.id)[0] == 303
    assert sent(centre, action="token_revoke", token=made.id)[0] == 422
    assert [one.action for one in changes(centre)][-2:] == ["token created", "token revoked"]


@pytest.mark.parametrize(
    "wrong", [{"uses": "0"}, {"uses": "x"}, {"days": "366"}, {"site": "khong-co"}]
)
def test_a_token_that_cannot_be_is_refused_with_a_reason(centre: Centre, wrong: dict[str, str]):
    fields = {"action": "token_create", "uses": "1", "days": "7"} | wrong
    status, page = sent(centre, **fields)

    assert status == 422
    assert 'role="alert"' in page


def test_accounts_are_made_changed_and_closed(centre: Centre):
    status, page = sent(
        centre, action="user_add", name="Lan", title="Trực ca", role="operator", scope="xa-don"
    )
    assert status == 200
    link = re.search(r"/password\?once=([^<]+)</pre>", page)
    assert link
    assert sent(centre, action="user_role", name="lan", role="viewer", title="Lan")[0] == 303
    store = open_store(centre.data)
    assert saved.of_password_link(store, link[1], NOW) == "lan"
    account = saved.existing(store, "lan")
    store.close()
    assert (account.role, account.scope, account.title) == (Role.VIEWER, None, "Lan")

    assert sent(centre, action="user_disable", name="lan")[0] == 303
    assert sent(centre, action="user_link", name="lan")[0] == 422
    assert sent(centre, action="user_enable", name="lan")[0] == 303
    assert sent(centre, action="user_link", name="lan")[0] == 200
    assert [one.action for one in changes(centre)][-5:] == [
        "account added",
        "account role",
        "account disabled",
        "account enabled",
        "account password link",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "user_add", "name": "9", "role": "viewer"},
        {"action": "user_add", "name": "quan-tri", "role": "viewer"},
        {"action": "user_add", "name": "lan", "role": "king"},
        {"action": "user_add", "name": "lan", "role": "admin", "scope": "xa-don"},
        {"action": "user_disable", "name": "quan-tri"},
        {"action": "user_role", "name": "quan-tri", "role": "viewer"},
        {"action": "user_enable", "name": "nobody-here"},
        {"action": "nonsense"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(centre: Centre, fields: dict[str, str]):
    before = changes(centre)

    assert sent(centre, **fields)[0] == 422
    assert changes(centre) == before
