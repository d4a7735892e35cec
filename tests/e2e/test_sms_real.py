"""`govnet sms-gateway` with Gammu itself: its daemon's queue is files, no modem is needed."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.e2e.alert_chain import answers

pytestmark = pytest.mark.e2e

StartProgram = Callable[[Sequence[str], Callable[[], bool]], None]


def test_what_alertmanager_posts_is_queued_by_gammu(
    tmp_path: Path, free_port: Callable[[], int], own_program: StartProgram
) -> None:
    config = ["[gammu]", "device = /dev/null", "connection = at", "[smsd]", "service = files"]
    for name in ("inbox", "outbox", "sentsms", "errorsms"):
        (tmp_path / name).mkdir()
        config.append(f"{name}path = {tmp_path / name}/")
    (tmp_path / "gammurc").write_text("\n".join(config) + "\n")
    (tmp_path / "numbers.toml").write_text('truc-tinh = ["+84900000001"]\n')
    url = f"http://127.0.0.1:{free_port()}"
    own_program(
        [
            *(sys.executable, "-m", "collector.cli", "sms-gateway", "--with", "gammu"),
            *("--gammu-config", str(tmp_path / "gammurc")),
            *("--numbers-file", str(tmp_path / "numbers.toml")),
            *("--listen", url.removeprefix("http://")),
        ],
        answers(f"{url}/healthz"),
    )
    told = {"summary": "Trụ sở UBND xã Đức Trọng mất liên lạc", "cause": "Mất điện. " * 20}
    alert = {"status": "firing", "labels": {"severity": "critical"}, "annotations": told}

    request = Request(  # noqa: S310 - loopback
        f"{url}/truc-tinh", data=json.dumps({"alerts": [alert]}).encode(), method="POST"
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        assert {"queued": 1} == json.load(answer)

    (queued,) = (tmp_path / "outbox").iterdir()
    text = queued.read_text("utf-8")
    assert 'Number = "+84900000001"' in text
    assert "KHAN: Tru so UBND xa Duc Trong mat lien lac." in text.replace("\n; ", "")
