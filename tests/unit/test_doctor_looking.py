"""What `govnet doctor` looks at: real files, a real database, and servers on loopback."""

import itertools
import json
import os
import socketserver
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from collector.config import Config
from collector.doctor.gather import gather
from collector.doctor.looking import (
    alertmanager,
    asking,
    certificates,
    database,
    grafana,
    host,
    prometheus,
    shipped,
)
from collector.doctor.looking.shipped import Board
from collector.doctor.options import GrafanaOptions, PrometheusOptions
from collector.store import open_store
from collector.store.database import FILE_NAME
from collector.tls import folder
from govnet.errors import GovnetError
from tests.unit.deadlines import ANSWER_SECONDS
from tests.web_server import Asked, answering

Serve = Callable[[dict[str, object]], str]
DAY_SECONDS = 86_400.0


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the servers' threads as long as a busy machine needs to run them."""
    for name in ("CONNECT_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(asking, name, ANSWER_SECONDS)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answer paths with JSON (404 else), only to who has the token; return the address."""
    with ExitStack() as stack:

        def start(answers: dict[str, object]) -> str:
            def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
                path = asked.path.partition("?")[0]
                status = 200 if path in answers else 404
                if asked.headers["Authorization"] != "Bearer right":
                    status = 401
                return status, {}, json.dumps(answers.get(path)).encode()

            return stack.enter_context(answering(answer))

        yield start


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("right\n")
    return str(path)


def test_dashboards_that_grafana_lacks_or_has_otherwise_are_named(serve: Serve, token_file: str):
    def panels(query: str) -> list[dict[str, object]]:
        return [{"title": "P", "targets": [{"expr": query}]}]

    url = serve(
        {
            "/api/dashboards/uid/same": {
                "dashboard": {"uid": "same", "title": "A", "version": 9, "panels": panels("up")}
            },
            "/api/dashboards/uid/old": {
                "dashboard": {"uid": "old", "title": "B", "panels": panels("down")}
            },
        }
    )
    boards = tuple(
        Board(uid, title, ("P | up",))
        for uid, title in (("same", "A"), ("old", "B"), ("none", "C"))
    )

    found = grafana.look(GrafanaOptions(url=url, token_file=token_file), boards)

    assert found == grafana.Grafana(url=url, missing=("C",), different=("B",))


def test_a_wrong_token_is_told_without_it(serve: Serve, tmp_path: Path):
    wrong = tmp_path / "wrong"
    wrong.write_text("geheim")

    found = grafana.look(
        GrafanaOptions(url=serve({}), token_file=str(wrong)), (Board("u", "A", ()),)
    )

    assert found is not None
    assert "401 sai hoặc thiếu token" in found.trouble
    assert "geheim" not in found.trouble


def test_who_answers_something_else_is_no_prometheus_and_no_alertmanager(
    serve: Serve, token_file: str
):
    url = serve({"/-/ready": 1, "/api/v1/targets": {"data": []}, "/api/v1/rules": 3})

    found = prometheus.look(PrometheusOptions(url=url, token_file=token_file))

    assert found is not None
    assert found.trouble == "trả lời không phải của Prometheus: TypeError"
    assert "trả lời 401" in alertmanager.look(url).trouble


@pytest.fixture
def send() -> Iterator[Callable[[Iterable[bytes]], str]]:
    """Answer every connection with these bytes, until it is closed; return the address."""
    servers = []

    def start(pieces: Iterable[bytes]) -> str:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(65_536)
                with suppress(OSError):
                    for piece in pieces:
                        self.request.sendall(piece)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def paced(piece: bytes, is_over: threading.Event) -> Iterator[bytes]:
    """Give a piece again and again, with a moment between: no single reading waits for long."""
    while not is_over.wait(0.05):
        yield piece


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
    ],
    ids=["head", "body"],
)
def test_who_answers_without_end_is_not_waited_for(
    send: Callable[[Iterable[bytes]], str],
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    piece: bytes,
):
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.5)
    is_over = threading.Event()
    url = send(itertools.chain([head], paced(piece, is_over)))

    found = alertmanager.look(url)
    is_over.set()

    assert found.trouble == f"{url}: không trả lời kịp 0.5 giây"


def test_an_answer_that_is_too_long_or_too_deep_is_told(
    send: Callable[[Iterable[bytes]], str], monkeypatch: pytest.MonkeyPatch
):
    deep = b"[" * 200_000
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(deep)
    url = send([head, deep])
    with asking.Asking(url) as asked, pytest.raises(GovnetError, match="không phải JSON"):
        asked.json("/api")

    monkeypatch.setattr(asking, "MAX_BYTES", 1_000)
    with asking.Asking(url) as asked, pytest.raises(GovnetError, match="quá dài"):
        asked.json("/api")


def test_numbers_that_nothing_can_hold_are_no_prometheus(serve: Serve, token_file: str):
    window = f"storage: {{tsdb: {{out_of_order_time_window: {'9' * 400}y}}}}"
    nothing: dict[str, object] = {"activeTargets": [], "activeAlertmanagers": [], "groups": []}
    answers = {
        f"/api/v1/{name}": {"data": nothing} for name in ("targets", "rules", "alertmanagers")
    }
    config = {"/api/v1/status/config": {"data": {"yaml": window}}}
    url = serve({"/-/ready": 1, **answers, **config})

    found = prometheus.look(PrometheusOptions(url=url, token_file=token_file))

    assert found is not None
    assert found.trouble == "trả lời không phải của Prometheus: OverflowError"


def test_nobody_and_a_token_that_is_away_are_told(tmp_path: Path, closed_port: int):
    url = f"http://127.0.0.1:{closed_port}"
    away = str(tmp_path / "away")

    assert alertmanager.look(url).trouble == f"{url}: không ai trả lời"
    found = prometheus.look(PrometheusOptions(url=url, token_file=away))
    assert found is not None
    assert found.trouble.startswith(f"{away}: không đọc được")
    (tmp_path / "two-words").write_text("two words")
    two_words = GrafanaOptions(url=url, token_file=str(tmp_path / "two-words"))
    told = grafana.look(two_words, ())
    assert told is not None
    assert told.trouble == f"{tmp_path / 'two-words'}: không phải token"


@pytest.mark.usefixtures("token_file")
def test_the_sign_in_of_the_options_goes_to_no_other_alertmanager(serve: Serve, tmp_path: Path):
    """The test server wants the token from everybody."""
    other = serve({"/-/ready": 1})
    named = {"activeTargets": [], "activeAlertmanagers": [{"url": f"{other}/api/v2/alerts"}]}
    ours = serve({"/-/ready": 1, "/api/v2/status": {"config": {"original": "x"}}})
    asking_prometheus = serve(
        {
            "/-/ready": 1,
            "/api/v1/targets": {"data": named},
            "/api/v1/rules": {"data": {"groups": []}},
            "/api/v1/alertmanagers": {"data": named},
            "/api/v1/status/config": {"data": {"yaml": ""}},
        }
    )
    (tmp_path / "collector.toml").write_text(
        f'[alerts]\nalertmanager_url = "{ours}/"\ntoken_file = "token"\n'
        f'[prometheus]\nurl = "{asking_prometheus}"\ntoken_file = "token"\n'
    )
    inventory = tmp_path / "inventory.yaml"

    found = gather(inventory, tmp_path / "data", 0.0, tmp_path / "collector.toml").alertmanagers

    assert [one.url for one in found] == [ours, other]
    assert found[0].trouble == "trả lời không phải của Alertmanager: TypeError"
    assert found[1].trouble == f"{other}/-/ready: trả lời 401 sai hoặc thiếu token, mật khẩu"


def test_a_database_is_read_and_left_as_it_is(tmp_path: Path):
    assert database.look(tmp_path) is None
    open_store(tmp_path).close()
    file = tmp_path / FILE_NAME
    before = file.read_bytes()

    found = database.look(tmp_path)

    assert found is not None
    assert (found.is_current, found.is_checked, found.damage) == (True, True, ())
    assert file.read_bytes() == before


def test_a_database_of_another_version_and_a_damaged_one_are_told(tmp_path: Path):
    open_store(tmp_path).close()
    file = tmp_path / FILE_NAME
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    older = database.look(tmp_path)
    assert older is not None
    assert (older.is_current, older.is_newer) == (False, False)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    newer = database.look(tmp_path)
    assert newer is not None
    assert newer.is_newer

    content = bytearray(file.read_bytes())
    content[8192:20000] = b"\xff" * (20000 - 8192)
    file.write_bytes(content)
    damaged = database.look(tmp_path)
    assert damaged is not None
    assert damaged.damage


def test_the_machine_is_seen_and_what_others_may_read(tmp_path: Path):
    now = time.time()
    tmp_path.chmod(0o750)
    (tmp_path / "inbox").mkdir()
    for name, age in (("new", 0.0), ("old", 2 * DAY_SECONDS)):
        (tmp_path / "inbox" / name).write_bytes(b"x" * 1000)
        os.utime(tmp_path / "inbox" / name, (now - age, now - age))
    token = tmp_path / "operator-token"
    token.touch(mode=0o600)

    found = host.look(tmp_path, now)

    assert found.disk is not None
    assert (found.disk.inbox_bytes, found.disk.inbox_day_bytes) == (2000, 1000)
    assert found.disk.total_bytes > found.disk.free_bytes > 0
    assert found.memory_bytes > found.memory_free_bytes > 0
    assert found.clock.timezone
    assert found.access is not None
    assert found.access.open_to_others == ()
    token.chmod(0o644)
    tmp_path.chmod(0o755)
    seen = host.look(tmp_path, now).access
    assert seen is not None
    assert seen.open_to_others == (f"{tmp_path} (755)", f"{token} (644)")


def test_a_certificate_without_the_name_and_a_key_that_others_may_read_are_seen(tmp_path: Path):
    now = time.time()
    assert certificates.look(Config(), tmp_path, is_running=False) is None
    folder.init(tmp_path, ["thu.tinh.example", "*.so.example"], 100, now)

    def look(url: str) -> certificates.Certificates:
        found = certificates.look(Config(url=url), tmp_path, is_running=False)
        assert found is not None
        return found

    well = look("https://thu.tinh.example:8470")
    assert (well.problems, well.lacks_name, well.open_keys, well.trouble) == ((), "", (), "")
    assert well.expires_at is not None
    assert 98 * DAY_SECONDS < well.expires_at - now < 101 * DAY_SECONDS
    assert look("https://a.so.example").lacks_name == ""
    assert look("https://khac.tinh.example").lacks_name == "khac.tinh.example"
    (tmp_path / "tls/server.pem").chmod(0o644)
    assert look("https://thu.tinh.example").open_keys == (str(tmp_path / "tls/server.pem"),)
    (tmp_path / "tls/server.pem").write_text("nothing")
    assert look("https://thu.tinh.example").problems


def test_a_shipped_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "Mạng").mkdir()
    (tmp_path / "Mạng/lan.json").write_text("{")
    (tmp_path / "a.yml").write_text("groups: 3")
    monkeypatch.setattr(shipped, "_PLACES", {"rules": (tmp_path,), "dashboards": (tmp_path,)})

    found = shipped.look()

    assert [problem.partition(":")[0] for problem in found.problems] == [
        str(tmp_path / "a.yml"),
        str(tmp_path / "Mạng/lan.json"),
    ]
