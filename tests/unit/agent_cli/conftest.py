"""The command `govnet-agent`, and the file of a machine that is set up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main

KEY = "5a" * 32

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "100")

    def run_main(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(list(arguments))
        except SystemExit as exc:
            status = int(exc.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run_main


@pytest.fixture(autouse=True)
def _no_agent_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these tests see no agent that is set up on the machine they run on."""
    monkeypatch.setattr("agent.onsite.once.DEFAULT_CONFIG", tmp_path / "no-agent.toml")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    path = tmp_path / "agent.toml"
    path.write_text(
        'collectors = ["http://127.0.0.1:8480"]\nstate_dir = "state"\n'
        f'[identity]\nagent = "a"\nkey_id = "k1"\nkey = "{KEY}"\n'
    )
    return path
