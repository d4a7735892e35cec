import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config import load as load_config
from collector.cli import main, parser
from collector.metricsdoc import document

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "cli"
COMMANDS = (
    "",
    "serve",
    "demo",
    "inventory",
    "inventory check",
    "agents",
    "agents key",
    "agents list",
    "agents revoke",
    "login-link",
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


def test_a_key_is_made_listed_and_revoked(
    small_inventory_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = ["--data", str(tmp_path / "data")]
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
    assert "ca_file" not in toml.err
    assert main(["agents", "list", *data]) == 0
    assert capsys.readouterr().out.startswith(f"xa-a/pc-001\t{agent}\t20")
    assert main(["agents", "revoke", agent, *data]) == 0
    assert capsys.readouterr().out == f"xa-a/pc-001: {agent} revoked\n"
    assert main(["agents", "revoke", agent, *data]) == 2
    assert "revoked already" in capsys.readouterr().err


@pytest.mark.parametrize("ca", ["ca.pem", r"C:\govnet\ca.pem", None])
def test_the_file_for_a_collector_behind_tls_is_one_that_the_agent_takes(
    small_inventory_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ca: str | None,
):
    arguments = [
        *("agents", "key", "--site", "xa-a", "--inventory", str(small_inventory_file)),
        *("--url", "https://198.18.0.1:8470", "--data", str(tmp_path / "data")),
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


def test_a_folder_without_collector_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["login-link", "--data", str(tmp_path / "none")]) == 2
    assert "--data: expected the folder of a collector" in capsys.readouterr().err


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
