import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config import load as load_config
from collector.cli import main, parser
from collector.metrics.metricsdoc import document
from collector.places import ensure_operator_token

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "cli"
COMMANDS = (
    "",
    "serve",
    "demo",
    "inventory",
    "init",
    "inventory check",
    "inventory days",
    "units",
    "units find",
    "units show",
    "inventory template",
    "inventory export",
    "inventory diff",
    "inventory seen",
    "inventory suggest",
    "inventory import",
    "agents",
    "agents key",
    "agents list",
    "agents revoke",
    "tls",
    "tls init",
    "tls show",
    "tls renew",
    "tls next-ca",
    "tls switch-ca",
    "tls drop-old-ca",
    "bundle",
    "bundle key",
    "bundle make",
    "bundle verify",
    "agents approve",
    "agents changes",
    "agents rename",
    "agents move",
    "agents rotate",
    "users",
    "users add",
    "users list",
    "users passwd",
    "users role",
    "users disable",
    "users enable",
    "users totp",
    "token",
    "token create",
    "token list",
    "token revoke",
    "master-key",
    "master-key rotate",
    "backup",
    "restore",
    "maintenance",
    "maintenance add",
    "maintenance list",
    "maintenance import",
    "maintenance confirm",
    "maintenance reject",
    "maintenance end",
    "history",
    "history export",
    "outages",
    "outages list",
    "outages show",
    "outages ack",
    "outages assign",
    "outages ticket",
    "outages note",
    "outages cause",
    "availability",
    "availability close",
    "digest",
    "doctor",
    "config",
    "config check",
    "config show",
    "facts",
    "health",
    "alerts",
    "alerts test",
    "sms-gateway",
    "watch",
    "login-link",
    "import-reports",
    "reload",
    "metrics-doc",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_recorded(
    command: str,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("COLUMNS", "90")
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*command.split(), "--help"])

    assert ended.value.code == 0
    name = "-".join(["govnet", *command.split()])
    golden(GOLDEN / f"{name}.txt", capsys.readouterr().out)


def test_metrics_document_is_current():
    written = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")

    assert written == document(), "run: govnet metrics-doc > docs/metrics.md"


def test_a_good_inventory_is_summed_up(
    small_inventory_file: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["inventory", "check", str(small_inventory_file)]) == 0
    assert "Tỉnh Lâm Đồng" in capsys.readouterr().out


def test_coverage_is_printed_of_all_sites_of_one_or_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    assert main(["inventory", "check", "--coverage"]) == 0
    everything = capsys.readouterr().out
    assert main(["inventory", "check", "--coverage", "--site", "tanh-linh-2"]) == 0
    one = capsys.readouterr().out
    assert main(["inventory", "check", "--json", "--site", "tanh-linh-2"]) == 0

    assert "tanh-linh-2" in everything.splitlines()[5]
    assert one.startswith("tanh-linh-2: ")
    assert "always_on_target" in capsys.readouterr().out


def test_an_unknown_site_is_named_with_the_one_that_may_be_meant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    assert main(["inventory", "check", "--site", "tanh-lin-2"]) == 2

    assert 'did you mean "tanh-linh-2"?' in capsys.readouterr().err


def test_the_days_of_a_year_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    assert main(["inventory", "days", "--year", "2026"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    days = {line[0]: line[3] for line in lines if len(line) > 3}
    assert days["02/01/2026"] == "nghỉ"
    assert days["10/01/2026"] == "làm"
    assert days["24/11/2026"] == "nghỉ"


@pytest.mark.parametrize("year", ["26", "0", "-1", "nay", "99999"])
def test_a_year_that_no_calendar_knows_is_refused(year: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["inventory", "days", f"--year={year}"])

    assert ended.value.code == 2
    assert "expected a year of 1976 to 2099" in capsys.readouterr().err


def test_mistakes_go_to_standard_error_with_status_2(
    small_inventory_file: Path, capsys: pytest.CaptureFixture[str]
):
    text = small_inventory_file.read_text(encoding="utf-8")
    small_inventory_file.write_text(
        text.replace("carrier: vnpt", "carrier: vnpx"), encoding="utf-8"
    )

    assert main(["inventory", "check", str(small_inventory_file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert 'did you mean "vnpt"?' in printed.err


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """Return the data folder of a collector that has run at its usual address."""
    data = tmp_path / "data"
    data.mkdir()
    ensure_operator_token(data)
    return data


def test_a_key_is_made_listed_and_revoked(
    small_inventory_file: Path, ran: Path, capsys: pytest.CaptureFixture[str]
):
    data = ["--data", str(ran)]
    made = main(
        [
            *("agents", "key", "--site", "xa-a", "--inventory", str(small_inventory_file)),
            *("--url", "http://127.0.0.1:8470", *data),
        ]
    )
    toml = capsys.readouterr()
    agent = toml.out.split('agent = "')[1].split('"')[0]

    assert made == 0
    assert toml.out.startswith('collectors = ["http://127.0.0.1:8470"]\n\n[identity]\n')
    assert toml.err.startswith("xa-a/pc-001: write this to agent.toml on that machine")
    assert toml.err.count("\n") == 1
    assert main(["agents", "list", *data]) == 0
    assert f"\nxa-a/pc-001  {agent}  active  " in capsys.readouterr().out
    assert main(["agents", "revoke", agent, *data]) == 0
    assert capsys.readouterr().out == f"xa-a/pc-001: {agent} revoked\n"
    assert main(["agents", "revoke", agent, *data]) == 2
    assert "revoked already" in capsys.readouterr().err


@pytest.mark.parametrize("ca", ["ca.pem", r"C:\govnet\ca.pem", None])
def test_the_file_for_a_collector_behind_tls_is_one_that_the_agent_takes(
    small_inventory_file: Path,
    ran: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ca: str | None,
):
    arguments = [
        *("agents", "key", "--site", "xa-a", "--inventory", str(small_inventory_file)),
        *("--url", "https://198.18.0.1:8470", "--data", str(ran)),
    ]
    assert main([*arguments, "--ca", ca] if ca else arguments) == 0
    printed = capsys.readouterr()
    path = tmp_path / "agent.toml"
    path.write_text(printed.out)

    if ca is None:
        assert '\n# ca_file = "ca.pem"\n' in printed.out
        assert "give it with --ca" in printed.err
        path.write_text(printed.out.replace("# ca_file", "ca_file"))
    assert tomllib.loads(path.read_text())["ca_file"] == (ca or "ca.pem")
    (tmp_path / (ca or "ca.pem")).write_text("")
    assert load_config(path).ca_file == tmp_path / (ca or "ca.pem")


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize(
    "command",
    [
        ("agents", "key", "--site", "xa-a"),
        ("agents", "list"),
        ("agents", "revoke", "0123456789abcdef"),
        ("maintenance", "list"),
        ("maintenance", "end", "1"),
        ("login-link",),
        ("users", "list"),
        ("users", "disable", "lan"),
        ("users", "passwd", "lan"),
        ("reload",),
    ],
)
def test_a_folder_in_which_no_collector_has_run_is_refused_and_left_as_it_is(
    small_inventory_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    *,
    is_there: bool,
):
    data = tmp_path / "none"
    if is_there:
        data.mkdir()
    more = ("--inventory", str(small_inventory_file)) if "key" in command else ()

    assert main([*command, *more, "--data", str(data)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"no collector has run in {data}" in printed.err
    assert f"start `govnet serve --data {data}` first" in printed.err
    assert list(data.iterdir() if is_there else tmp_path.glob("none")) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://198.18.0.5:8470",
        "http://ttdl.example",
        "ftp://127.0.0.1",
        "https://",
        "https://ttdl.example:70000",
        "https://ttdl.example:0",
        "https://a:b@ttdl.example",
        "198.18.0.5:8470",
    ],
)
def test_an_address_that_agents_refuse_is_refused_before_a_key_is_made(
    small_inventory_file: Path, ran: Path, capsys: pytest.CaptureFixture[str], url: str
):
    files = ["--inventory", str(small_inventory_file), "--data", str(ran)]

    assert main(["agents", "key", "--site", "xa-a", "--url", url, *files]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--url: expected https://HOST[:PORT]" in printed.err
    assert main(["agents", "list", "--data", str(ran)]) == 0
    assert capsys.readouterr().out == ""


def enrol(
    inventory: Path, data: Path, capsys: pytest.CaptureFixture[str], *machine: str
) -> list[str]:
    """Enrol a machine of xa-a and return the lines that were said about it."""
    files = ["--inventory", str(inventory), "--data", str(data)]
    assert main(["agents", "key", "--site", "xa-a", *machine, *files]) == 0
    return capsys.readouterr().err.splitlines()


def test_a_machine_that_is_not_declared_is_named_with_the_one_that_may_be_meant(
    small_inventory_file: Path, ran: Path, capsys: pytest.CaptureFixture[str]
):
    text = small_inventory_file.read_text(encoding="utf-8")
    small_inventory_file.write_text(
        text + "    machines: [{id: mot-cua, profile: pc}]\n", encoding="utf-8"
    )

    assert enrol(small_inventory_file, ran, capsys, "--machine", "mot-cau")[1:] == [
        'xa-a/mot-cau: the inventory declares no such machine; did you mean "mot-cua"?'
    ]
    assert len(enrol(small_inventory_file, ran, capsys, "--machine", "mot-cua")) == 1


def test_more_agents_than_the_site_has_machines_are_told(
    small_inventory_file: Path, ran: Path, capsys: pytest.CaptureFixture[str]
):
    for _ in range(4):
        assert len(enrol(small_inventory_file, ran, capsys)) == 1

    (_, doubt) = enrol(small_inventory_file, ran, capsys)
    assert doubt.startswith("xa-a: the inventory declares 4 machines by number, and 5 agents")


@pytest.mark.parametrize("command", [("inventory", "check"), ("metrics-doc",)])
def test_who_stops_reading_is_told_nothing(command: tuple[str, ...]):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "collector.cli", *command],
            stdout=writer,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_help_loads_nothing_heavy():
    """A technician's `--help` and a broken environment's must both work."""
    code = (
        "import sys; from collector.cli import parser; parser(); "
        "print({'sqlalchemy', 'uvicorn', 'msgspec', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"


def test_a_file_that_this_user_may_not_use_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def closed(self: Path, *_: object, **__: object) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setenv("LOGNAME", "govnet")
    monkeypatch.setattr(Path, "exists", closed)

    assert main(["inventory", "template", "/root/sites.xlsx", "--inventory", "i.yaml"]) == 1

    told = "govnet: /root/sites.xlsx: Permission denied for the user govnet, as whom this command"
    assert capsys.readouterr().err.startswith(told)
