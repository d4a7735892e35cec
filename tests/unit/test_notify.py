"""What systemd hears of a service, by a real datagram socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from govnet.notify import ALIVE, READY, tell, watch_every
from tests.unit.deadlines import ANSWER_SECONDS


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(ANSWER_SECONDS)
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def test_all_that_is_told_at_once_is_one_datagram_of_lines(manager: socket.socket) -> None:
    assert tell(READY, watch_every(180))

    assert manager.recv(4096) == b"READY=1\nWATCHDOG_USEC=180000000"


def test_a_socket_of_the_abstract_namespace_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(ANSWER_SECONDS)
        listening.bind("")  # The kernel chooses a free abstract name.
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + listening.getsockname()[1:].decode())

        assert tell(ALIVE)

        assert listening.recv(4096) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", [None, "", "vsock:2:1234", "/nobody/listens/here"])
def test_nothing_is_told_and_nothing_fails_where_no_manager_listens(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)

    assert not tell(READY)
