"""What tests of enrolment share: what a token and a machine say, and a PC that enrols."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.enrolment.enrol import enrol
from agent.enrolment.join import Wish
from agent.identity.keys import read_keys
from govnet.enrolment import EnrolAnswer, EnrolmentToken, EnrolRequest, decode

SECRET = "the-secret-of-the-token"
HARDWARE = {"board": "0a1b2c3d", "mac": "4e5f6071"}
ACTIVE = EnrolAnswer(
    agent="a1b2", key_id="k1", state="active", site="duc-trong", machine="duc-trong/pc-001"
)
PENDING = EnrolAnswer(agent="a1b2", key_id="k1", state="pending")


@dataclass
class Pc:
    """A machine that enrols: `say` is what the command printed."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    @property
    def toml(self) -> Path:
        return self.folder / "etc" / "agent.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def enrol(
        self,
        token: EnrolmentToken,
        hardware: dict[str, str] | None = None,
        wait_seconds: float = 0.0,
        **more: Any,
    ) -> int:
        wish = Wish(token=token, config=self.toml, state_dir=self.state, **more)
        found = HARDWARE if hardware is None else hardware
        try:
            return enrol(wish, found, wait_seconds=wait_seconds)
        finally:
            self.out, self.err = self.capsys.readouterr()

    def everything_said(self) -> str:
        return self.out + self.err


def requests_of(collector: Any) -> list[EnrolRequest]:
    return [decode(EnrolRequest, request.body) for request in collector.asked("/v1/enrol")]


def key_on_disk(pc: Pc) -> str:
    kept = read_keys(pc.state)
    assert kept is not None
    return kept.current.key.reveal().hex()
