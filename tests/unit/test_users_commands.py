"""`govnet users`: accounts by command, and what a running collector makes of them."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from collector.accounts import saved
from collector.cli import main
from collector.places import ensure_operator_token, note_urls
from collector.store import open_store
from collector.store.audit import entries
from collector.web.signing_in import local_page
from tests.accounts import PASSWORD, QUICK, TWO_COMMUNES
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
FORM = {
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/x-www-form-urlencoded",
}
COOKIE_FLAGS = {"HttpOnly", "Path=/", "SameSite=strict"}


class Desk:
    """The commands, on the folder of a collector that has run."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.inventory = folder / "inventory.yaml"
        self.inventory.write_text(TWO_COMMUNES, encoding="utf-8")
        ensure_operator_token(self.data)
        note_urls(self.data, "http://127.0.0.1:8470", "https://govnet.example")
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        action = words[0]
        more = ("--inventory", str(self.inventory)) if action in {"add", "role"} else ()
        status = main(["users", *words, *more, "--data", str(self.data)])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def done(self, *words: str) -> str:
        status, out, err = self.run(*words)
        assert (status, err) == (0, "")
        return out.strip()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_new_account_is_a_link_and_no_password(desk: Desk):
    link = desk.done("add", "LAN", "--role", "operator", "--scope", "xa-don", "--title", "Trực ca")

    assert re.fullmatch(r"https://govnet\.example/password\?once=[\w-]{43}", link)
    line = desk.done("list").splitlines()[1]
    assert line.split("  ")[0] == "lan"
    for word in ("Trực ca", "operator", "xa-don", "off", "no password yet"):
        assert word in line
    again = desk.done("passwd", "lan", "--link")
    assert again != link


def test_every_mistake_is_told_at_once_and_nothing_is_made(desk: Desk):
    status, out, err = desk.run("add", "lân", "--role", "admin", "--scope", "xa", "--title", "x\ny")

    assert (status, out) == (2, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == [
        "NAME",
        "--title",
        "--scope",
        "--scope",
    ]
    assert "there is no account" in desk.run("list")[2]


@pytest.mark.parametrize(
    "words",
    [
        ("passwd", "minh", "--link"),
        ("role", "minh", "--role", "admin"),
        ("disable", "minh"),
        ("enable", "minh"),
        ("totp", "minh", "--off"),
        ("role", "lan"),
        ("role", "lan", "--role", "admin"),
        ("enable", "lan"),
        ("add", "lan"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(desk: Desk, words: tuple[str, ...]):
    desk.done("add", "lan", "--scope", "xa-don")

    status, out, err = desk.run(*words)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_rights_change_one_by_one_and_who_did_it_is_written_down(desk: Desk):
    desk.done("add", "lan", "--scope", "xa-don")
    assert desk.done("role", "lan", "--role", "operator") == "lan: operator, xa-don"
    assert desk.done("role", "lan", "--scope", "xa-duc") == "lan: operator, xa-duc"
    assert desk.done("role", "lan", "--scope", "") == "lan: operator, the whole province"
    assert desk.done("role", "lan", "--role", "admin", "--title", "Quản trị") == (
        "lan: admin, the whole province"
    )
    desk.done("disable", "lan")
    assert "disabled" in desk.done("list")
    assert desk.run("passwd", "lan", "--link")[0] == 2
    desk.done("enable", "lan")
    desk.done("totp", "lan", "--off")

    store = open_store(desk.data)
    told = [(one.action, one.subject, one.detail) for one in entries(store, 100)]
    store.close()
    assert told == [
        ("account added", "lan", "viewer, xa-don"),
        ("account role", "lan", "operator, xa-don"),
        ("account role", "lan", "operator, xa-duc"),
        ("account role", "lan", "operator, the whole province"),
        ("account role", "lan", "admin, the whole province"),
        ("account disabled", "lan", ""),
        ("account enabled", "lan", ""),
        ("account codes", "lan", "off"),
    ]


def test_a_password_comes_from_standard_input_and_has_to_be_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.done("add", "lan")
    monkeypatch.setattr("sys.stdin", io.StringIO("ngắn\n"))
    status, _, err = desk.run("passwd", "lan")
    assert status == 2
    assert "ít nhất 12 ký tự" in err
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    desk.done("passwd", "lan")

    store = open_store(desk.data)
    account = saved.existing(store, "lan")
    store.close()
    assert account.must_change
    assert QUICK.fits(account.password, PASSWORD)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    file = tmp_path / "inventory.yaml"
    file.write_text(TWO_COMMUNES, encoding="utf-8")
    made = Centre(file, None, Clock(NOW))
    try:
        made.start()
        made.work()
        yield made
    finally:
        made.close()


class Browser:
    """Somebody's browser, without scripts."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.cookie = ""
        self.set_cookie = ""

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, {}, b"")

    def send(self, path: str, **fields: str) -> tuple[int, str]:
        return self._ask("POST", path, FORM, urlencode(fields).encode())

    def _ask(self, method: str, path: str, more: dict[str, str], body: bytes) -> tuple[int, str]:
        headers = {**more, "Cookie": self.cookie} if self.cookie else more
        status, given, answer = self._centre.request(method, path, headers, body)
        if "Set-Cookie" in given:
            self.set_cookie = given["Set-Cookie"]
            self.cookie = self.set_cookie.partition(";")[0]
        return status, given.get("Location", answer.decode())


def account(centre: Centre, *, must_change: bool = False) -> None:
    store = open_store(centre.data)
    saved.add(store, "lan", saved.Rights("Trực ca", saved.Role.OPERATOR), NOW)
    saved.set_password(store, "lan", QUICK.made(PASSWORD), NOW, must_change=must_change)
    store.close()


def test_signing_in_leads_to_the_page_that_was_asked_for_and_out_ends_it(centre: Centre):
    account(centre)
    browser = Browser(centre)
    status, page = browser.get("/maintenance?done=add")
    assert status == 401
    assert 'name="next" value="/maintenance?done=add"' in page

    given = {"name": "Lan", "password": PASSWORD, "next": "/maintenance?done=add"}
    assert browser.send("/login", **given) == (303, "/maintenance?done=add")
    assert set(browser.set_cookie.split("; ")[1:]) >= COOKIE_FLAGS
    assert "Secure" not in browser.set_cookie
    assert "Trực ca" in browser.get("/")[1]
    cookie = browser.cookie
    assert browser.send("/logout") == (303, "/login?done=out")
    assert browser.get("/login?done=out")[1].count("Đã đăng xuất.") == 1
    browser.cookie = cookie
    assert browser.get("/")[0] == 401


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "evil",
        "/login",
        "/\tevil",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(asked: str):
    assert local_page(asked) == "/"


def test_who_got_a_password_has_to_choose_one_before_anything_else(centre: Centre):
    account(centre, must_change=True)
    browser = Browser(centre)
    assert browser.send("/login", name="lan", password=PASSWORD) == (303, "/account")
    assert browser.get("/") == (303, "/account")
    assert browser.get("/v1/sites")[0] == 403
    assert browser.send("/maintenance", action="end", id="1") == (303, "/account")
    form = {"action": "password", "present": PASSWORD, "password": "ngắn", "again": "khác"}
    status, page = browser.send("/account", **form)
    assert status == 422
    assert "ít nhất 12 ký tự" in page
    assert "không giống nhau" in page
    assert browser.send("/account", action="codes_off", present=PASSWORD)[0] == 400

    form |= {"password": "Chín bỏ làm mười nhé", "again": "Chín bỏ làm mười nhé"}
    assert browser.send("/account", **form) == (303, "/account?done=password")
    assert "Đã đổi mật khẩu" in browser.get("/account?done=password")[1]
    assert browser.get("/")[0] == 200


def test_a_link_sets_the_first_password(centre: Centre):
    store = open_store(centre.data)
    token = saved.add(store, "minh", saved.Rights("Minh", saved.Role.VIEWER, "xa-don"), NOW)
    store.close()
    browser = Browser(centre)
    status, page = browser.get(f"/password?once={token}")
    assert status == 200
    assert 'value="minh"' in page
    wrong = {"once": token, "password": "matkhau123456", "again": "matkhau123456"}
    assert browser.send("/password", **wrong)[0] == 422
    right = {"once": token, "password": PASSWORD, "again": PASSWORD}
    assert browser.send("/password", **right) == (303, "/login?done=set")
    assert browser.send("/password", **right)[0] == 401
    assert browser.get(f"/password?once={token}")[0] == 401
    assert browser.send("/login", name="minh", password=PASSWORD) == (303, "/")


def test_guessing_is_told_to_wait_and_counted(centre: Centre):
    account(centre)
    browser = Browser(centre)
    answers = [browser.send("/login", name="lan", password=f"sai {number}") for number in range(6)]

    assert [status for status, _ in answers] == [401] * 4 + [429] * 2
    assert "hãy đợi 30 giây rồi thử lại" in answers[4][1]
    assert 'value="lan"' in answers[0][1]
    metrics = centre.get("/metrics/verdicts").decode()
    assert 'govnet_collector_logins_total{result="wrong_password"} 5.0' in metrics
    assert 'govnet_collector_logins_total{result="account_locked"} 1.0' in metrics


def test_who_is_disabled_is_out_with_the_next_request(centre: Centre):
    account(centre)
    browser = Browser(centre)
    browser.send("/login", name="lan", password=PASSWORD)
    assert browser.get("/")[0] == 200
    store = open_store(centre.data)
    saved.disable(store, "lan", NOW)
    store.close()

    assert browser.get("/")[0] == 401
    assert browser.send("/login", name="lan", password=PASSWORD)[0] == 401
