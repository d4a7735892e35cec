"""`govnet-simulator`: its help, and every mistake in what it is given."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from govnet.errors import ConfigError
from simulator.cli import main
from simulator.credentials import read_agents

GOLDEN = Path(__file__).parents[1] / "golden" / "cli" / "govnet-simulator.txt"
AGENT = {"agent": "a1", "machine": "xa-a/pc-1", "key_id": "k1", "key": "ab" * 32}


def written(folder: Path, plain: object) -> Path:
    path = folder / "agents.json"
    path.write_text(json.dumps(plain))
    return path


def test_help_is_as_recorded(
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("COLUMNS", "90")
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    golden(GOLDEN, capsys.readouterr().out)


def test_agents_are_read_with_their_keys(tmp_path: Path):
    (agent,) = read_agents(written(tmp_path, [AGENT]))

    assert (agent.identity.agent, agent.identity.key_id) == ("a1", "k1")
    assert agent.identity.key.reveal() == b"\xab" * 32
    assert (agent.site, agent.machine) == ("xa-a", "xa-a/pc-1")


def test_every_mistake_of_the_agents_file_is_named_and_no_key_is_shown(tmp_path: Path):
    records = [
        AGENT,
        AGENT | {"key": "secret-and-not-hex"},
        AGENT | {"key": "ab"},
        {"agent": 7, "machine": "xa-a/pc-1", "colour": "red"},
        "a1",
        AGENT | {"machine": "pc-1"},
    ]
    path = written(tmp_path, records)

    with pytest.raises(ConfigError) as caught:
        read_agents(path)

    assert caught.value.problems == [
        f"{path}: [1]: key: expected 64 hex digits",
        f"{path}: [2]: key: expected 64 hex digits",
        f"{path}: [3]: colour: unknown field",
        f"{path}: [3]: agent: expected a text",
        f"{path}: [3]: key_id: expected a text",
        f"{path}: [3]: key: expected a text",
        f"{path}: [4]: expected an object, found str",
        f"{path}: [5]: machine: expected site/name, found 'pc-1'",
    ]


def test_an_agent_twice_is_refused(tmp_path: Path):
    path = written(tmp_path, [AGENT, AGENT])

    with pytest.raises(ConfigError, match="agent 'a1' stands there 2 times"):
        read_agents(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00"])
def test_a_file_without_a_list_of_agents_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "agents.json"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"expected (JSON|a list of agents)"):
        read_agents(path)


def test_mistakes_of_all_options_come_together_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    script = tmp_path / "script.json"
    script.write_text('[{"kind": "flood", "item": "xa-a"}]')
    missing = tmp_path / "none.json"

    status = main(
        [
            *("--collector", "http://198.18.0.1:8470", "--agents", str(missing)),
            *("--faults", str(script), "--spread", "nan"),
        ]
    )

    assert status == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in said] == [
        "--collector",
        str(script),
        str(missing),
        "--spread",
    ]
