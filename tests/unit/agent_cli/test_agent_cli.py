"""The command `govnet-agent`: its help, and what it says to the person in front of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.checks.table import CHECKS, load
from agent.sending.last_sent import write_last_sent
from govnet.catalogue import CATALOGUE
from govnet.settings import CHECK_SETTINGS
from tests.unit.agent_cli.test_agent_show import sent

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "cli"
Run = Callable[..., tuple[int, str, str]]


# --- help and lists -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "enrol",
        "once",
        "show",
        "status",
        "export",
        "list-checks",
        "check-config",
        "snmp-doctor",
    ]
    + [f"once {name}" for name in CHECKS],
)
def test_help_is_as_recorded(run: Run, golden: Callable[[Path, str], None], command: str):
    status, out, _ = run(*command.split(), "--help")

    assert status == 0
    golden(GOLDEN / f"govnet-agent{'-' if command else ''}{command.replace(' ', '-')}.txt", out)


def test_the_table_has_exactly_the_checks_that_can_be_ordered():
    assert list(CHECKS) == [kind.check for kind in CHECK_SETTINGS]


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_carries_its_own_name_and_rows_of_the_catalogue(name: str):
    check = load(name)

    assert check.name == name
    assert check.metrics
    assert all(CATALOGUE[metric.name] is metric for metric in check.metrics)


def test_list_checks_names_every_check_and_metric(run: Run):
    status, out, _ = run("list-checks")

    assert status == 0
    assert [text for text in out.splitlines() if not text.startswith(" ")] == list(CHECKS)
    assert "  govnet_point_reachable  " in out


def test_a_mistake_on_the_command_line_ends_with_2(run: Run):
    assert run("onec")[0] == 2
    assert run()[0] == 2


# --- check-config ---------------------------------------------------------------------------------


def test_check_config_says_what_is_used_and_never_the_key(run: Run, config: Path):
    status, out, err = run("check-config", "--config", str(config))

    assert (status, err) == (0, "")
    assert "agent a, key k1" in out
    assert "collectors http://127.0.0.1:8480" in out
    assert "5a" * 32 not in out


def test_check_config_prints_every_mistake_and_ends_with_2(run: Run, tmp_path: Path):
    path = tmp_path / "agent.toml"
    path.write_text('colectors = []\nstate_dir = "state"\n')

    status, out, err = run("check-config", "--config", str(path))

    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 3
    assert "Traceback" not in err


def test_check_config_looks_into_the_ca_file(run: Run, config: Path):
    (config.parent / "ca.pem").write_text("not a certificate")
    config.write_text('ca_file = "ca.pem"\n' + config.read_text())

    status, _, err = run("check-config", "--config", str(config))

    assert status == 2
    assert "ca.pem: expected the CA's certificate in PEM form" in err


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("state/file", "is a file"),
        ("state/file/below", "is a file"),
        ("/proc/self/fdinfo", "it cannot be written to"),
    ],
)
def test_check_config_refuses_a_state_dir_that_cannot_be_used(
    run: Run, config: Path, folder: str, found: str
):
    (config.parent / "state" / "file").touch()
    config.write_text(config.read_text().replace('"state"', f'"{folder}"'))

    status, out, err = run("check-config", "--config", str(config))

    assert (status, out) == (2, "")
    assert f"{config}: state_dir: expected a folder" in err
    assert found in err


def test_check_config_tells_whether_state_dir_is_there_and_makes_nothing(run: Run, config: Path):
    state = config.parent / "state"
    assert f"state in {state}, which is there\n" in run("check-config", "--config", str(config))[1]
    state.rmdir()

    assert f"state in {state}, made at" in run("check-config", "--config", str(config))[1]
    assert not state.exists()


@pytest.mark.parametrize("arguments", [("show", "--json"), ("list-checks",)])
def test_who_stops_reading_is_told_nothing(config: Path, arguments: tuple[str, ...]):
    write_last_sent(config.parent / "state", sent())
    more = ("--config", str(config)) if "show" in arguments else ()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", *arguments, *more],
            stdout=writer,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("more", [(), ("--log-level", "error")])
def test_run_with_a_bad_file_ends_with_2(run: Run, tmp_path: Path, more: tuple[str, ...]):
    broken = tmp_path / "agent.toml"
    broken.write_text("collectors = 8")

    status, _, err = run("run", "--config", str(broken), *more)

    assert status == 2
    assert f"{broken}:1:1: collectors: expected" in err


def test_a_command_that_needs_an_enrolled_machine_says_so(run: Run, tmp_path: Path):
    status, _, err = run("show", "--config", str(tmp_path / "none.toml"))

    assert status == 2
    assert "enrol this machine first (govnet-agent enrol TOKEN)" in err
    assert "máy chưa ghi danh" in err


def test_run_does_not_take_an_option_for_its_file(run: Run):
    status, _, err = run("run", "--config", "--log-level")

    assert status == 2
    assert "argument --config: expected one argument" in err


# --- once -----------------------------------------------------------------------------------------
# --- show -----------------------------------------------------------------------------------------
