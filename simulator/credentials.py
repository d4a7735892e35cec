"""Who to simulate: the file with each agent's identity and key."""

import json
from collections import Counter
from pathlib import Path

from agent.identity.keys import Identity, Secret
from govnet.errors import ConfigError
from simulator.office import SimulatedAgent

FIELDS = ("agent", "machine", "key_id", "key")
KEY_BYTES = 32


def read_agents(path: Path) -> list[SimulatedAgent]:
    """Read JSON, `[{"agent": id, "machine": "site/name", "key_id": "k1", "key": 64 hex}, ...]`.

    Raises ConfigError with every mistake; no key is ever part of a message.
    """
    try:
        plain = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"{path}: expected JSON, found: {exc}"]) from exc
    if not isinstance(plain, list) or not plain:
        raise ConfigError([f"{path}: expected a list of agents, at least one"])
    problems = [
        f"{path}: [{index}]: {problem}"
        for index, record in enumerate(plain)
        for problem in _mistakes(record)
    ]
    if not problems:
        names = Counter(record["agent"] for record in plain)
        problems = [
            f"{path}: agent {name!r} stands there {number} times"
            for name, number in names.items()
            if number > 1
        ]
    if problems:
        raise ConfigError(problems)
    return [
        SimulatedAgent(
            Identity(record["agent"], record["key_id"], Secret(bytes.fromhex(record["key"]))),
            record["machine"],
        )
        for record in plain
    ]


def _mistakes(record: object) -> list[str]:
    if not isinstance(record, dict):
        return [f"expected an object, found {type(record).__name__}"]
    problems = [f"{name}: unknown field" for name in sorted(record.keys() - set(FIELDS))]
    problems += [
        f"{name}: expected a text"
        for name in FIELDS
        if not isinstance(record.get(name), str) or not record[name]
    ]
    if not problems and "/" not in record["machine"]:
        problems.append(f"machine: expected site/name, found {record['machine']!r}")
    if not problems and not _is_key(record["key"]):
        problems.append(f"key: expected {2 * KEY_BYTES} hex digits")
    return problems


def _is_key(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == KEY_BYTES
    except ValueError:
        return False
