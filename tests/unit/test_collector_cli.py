import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
            *("--url", "https://198.18.0.1:8470", "--toml", *data),
        ]
    )
    toml = capsys.readouterr()
    agent = toml.out.split('agent = "')[1].split('"')[0]

    assert made == 0
    assert toml.out.startswith('collectors = ["https://198.18.0.1:8470"]\n\n[identity]\n')
    assert toml.err == ""
    assert main(["agents", "list", *data]) == 0
    assert capsys.readouterr().out.startswith(f"xa-a/pc-001\t{agent}\t20")
    assert main(["agents", "revoke", agent, *data]) == 0
    assert capsys.readouterr().out == f"xa-a/pc-001: {agent} revoked\n"
    assert main(["agents", "revoke", agent, *data]) == 2
    assert "revoked already" in capsys.readouterr().err


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
