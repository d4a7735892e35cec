"""A running agent, enrolled by a token: key and CA are renewed without a restart."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.config import load
from agent.enrolment.enrol import enrol
from agent.enrolment.join import Wish
from agent.identity.keys import read_keys
from agent.service import Service
from govnet.enrolment import EnrolAnswer, EnrolmentToken, EnrolRequest, NewKeyRequest, decode
from govnet.enrolment import encode as encode_message
from govnet.settings import Settings
from govnet.settings import encode as encode_settings

ORDERED = Settings(agent="a", site="s", machine="m", report_interval_seconds=0.2)


@contextmanager
def running(service: Service) -> Iterator[None]:
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield
    finally:
        service.stop()
        thread.join(30)
        assert not thread.is_alive()


def test_key_and_ca_change_under_a_running_agent(
    tmp_path: Path,
    new_authority: Callable[[], Any],
    new_centre: Any,
    start_collector: Callable[..., Any],
):
    old, new = new_authority(), new_authority()
    centre = new_centre({})

    def take(request: Any) -> tuple[int, bytes]:
        centre.keys["k1"] = bytes.fromhex(decode(EnrolRequest, request.body).key)
        return 200, encode_message(EnrolAnswer(agent="a", key_id="k1", state="active"))

    def add_key(request: Any) -> tuple[int, bytes]:
        wanted = decode(NewKeyRequest, request.body)
        centre.keys[wanted.key_id] = bytes.fromhex(wanted.key)
        return 200, b"{}"

    def start(authority: Any, port: int = 0) -> Any:
        collector = start_collector(authority.server(), port)
        collector.on["/v1/ca"] = lambda _: (200, authority.pem.encode())
        collector.on["/v1/enrol"] = take
        collector.on["/v1/keys"] = add_key
        centre.answer_for(collector)
        return collector

    collector = start(old)
    toml, state = tmp_path / "agent.toml", tmp_path / "state"
    token = EnrolmentToken((collector.url,), old.fingerprint, "secret")
    assert enrol(Wish(token=token, config=toml, state_dir=state), {"mac": "0a1b2c3d"}) == 0
    # The settings of an earlier run spare the first, usual interval of a minute.
    (state / "settings.json").write_bytes(encode_settings(ORDERED))
    centre.order(ORDERED)

    with running(Service(load(toml))):
        centre.wait_for(lambda: centre.key_ids[-1:] == ["k1"])
        centre.order(replace(ORDERED, renew_key="k1", ca_pem=old.pem + new.pem))
        centre.wait_for(lambda: centre.key_ids[-1:] == ["k2"])
        kept = read_keys(state)
        assert kept is not None
        assert kept.current.key.reveal() == centre.keys["k2"]
        centre.wait_for((state / "ca.pem").exists)

        collector.stop()
        renewed = start(new, collector.port)
        centre.wait_for(lambda: bool(renewed.asked("/v1/reports")))

    again = load(toml)
    assert again.identity.key_id == "k2"
    with running(Service(again)):
        so_far = len(centre.batches)
        centre.wait_for(lambda: len(centre.batches) > so_far)
    assert set(centre.key_ids) == {"k1", "k2"}
