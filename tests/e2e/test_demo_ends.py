"""How `govnet demo` ends, and what keeps it from starting: nothing is ever left behind."""

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.running_demo import started

pytestmark = pytest.mark.e2e


def test_ctrl_c_ends_everything_that_was_started(tmp_path: Path) -> None:
    with started(tmp_path, "--prometheus") as demo:
        demo.wait_for(r"(/login\?once=)")
        programs = ("collector.cli", "simulator.cli", "agent.cli", "--storage.tsdb.path=")
        missing = [one for one in programs if not demo.running(one)]
        ports = demo.listening()
        demo.interrupt()

        assert demo.ended() == 0, demo.said
        assert missing == []
        assert demo.left_behind() == []
        assert len(ports) == 2
        for port in ports:
            with socket.socket() as client:
                assert client.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_service_manager_or_a_closed_terminal_ends_it_as_ctrl_c_does(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path) as demo:
        demo.wait_for(r"(/login\?once=)")
        demo.process.send_signal(number)

        assert demo.ended() == 0, demo.said
        assert demo.left_behind() == []


@pytest.mark.parametrize("moment", ["Cấp khoá", "Khởi động trung tâm", "Khởi động Prometheus"])
def test_ctrl_c_while_still_starting_leaves_nothing_behind(tmp_path: Path, moment: str) -> None:
    with started(tmp_path, "--prometheus") as demo:
        demo.wait_for(f"({moment})")
        demo.interrupt()

        assert demo.ended() == 0, demo.said
        assert demo.left_behind() == []
        assert "/login?once=" not in demo.said


def test_the_end_of_one_part_ends_the_rest_and_names_it(tmp_path: Path) -> None:
    with started(tmp_path) as demo:
        demo.wait_for(r"(/login\?once=)")
        simulator = demo.running("simulator.cli")[0]
        simulator.kill()

        assert demo.ended() == 1
        assert "govnet: simulator ended by itself with status -9" in demo.said
        assert demo.left_behind() == []


def test_a_number_that_is_no_port_is_refused(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "70000") as demo:
        assert demo.ended() == 2
        assert demo.said == "--port: expected 0 to 65535, found 70000\n"


@pytest.mark.parametrize("option", ["--port", "--prometheus-port"])
def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started(tmp_path, "--prometheus", option, port) as demo:
            assert demo.ended() == 2
            assert demo.said == (
                f"{option}: expected a free port, found {port}: Address already in use\n"
            )
            assert demo.left_behind() == []


def test_a_missing_prometheus_is_named_with_the_remedy(tmp_path: Path) -> None:
    with started(tmp_path, "--prometheus", path=str(tmp_path)) as demo:
        assert demo.ended() == 2
        assert demo.said == (
            "--prometheus: expected prometheus on PATH; try apt-get install prometheus\n"
        )
        assert demo.left_behind() == []


def test_a_bad_inventory_is_explained_and_nothing_starts(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text("province: {id: tinh}\n", encoding="utf-8")
    with started(tmp_path, "--inventory", str(inventory)) as demo:
        assert demo.ended() == 2
        assert re.search(rf"{re.escape(str(inventory))}:1:\d+: province", demo.said)
        assert demo.left_behind() == []
