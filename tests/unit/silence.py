"""A peer that says nothing, on a clock that passes only while it is waited for."""

import socket
from dataclasses import dataclass, field

import pytest


@dataclass
class Silence:
    """What was sent, and when; no waiting takes any time."""

    now: float = 0.0
    sent: list[tuple[float, bytes]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def replace_sockets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let all sockets be silent ones: that of the system cannot be told how time passes."""
        silence = self

        class SilentSocket(socket.socket):
            def send(self, data: bytes, *_: int) -> int:  # type: ignore[override]  # Only bytes are sent here.
                silence.sent.append((silence.now, data))
                return len(data)

            def recv(self, *_: int) -> bytes:
                silence.now += self.gettimeout() or 0.0
                raise TimeoutError

        monkeypatch.setattr(socket, "socket", SilentSocket)
