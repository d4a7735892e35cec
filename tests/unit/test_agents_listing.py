"""What `govnet agents list` shows."""

from collector.commands.agents_listing import as_table
from collector.store.known_agents import AgentRow, CloneRow, KeyRow
from collector.wire import AgentIdentity

NOW = 1_800_000_000.0
BOARD, DISK, MAC = "aaaa1111", "bbbb2222", "cccc3333"


def _row(machine: str, **more: object) -> AgentRow:
    site = machine.partition("/")[0]
    given = {
        "identity": AgentIdentity("0123456789abcdef", site, machine),
        "enrolled_at": NOW - 86_400.0,
        "revoked_at": None,
        "hostname": "DUCTRONG-PC01",
        "hardware": {"board": BOARD, "disk": DISK, "mac": MAC},
        "keys": (KeyRow("k1", NOW - 86_400.0, None),),
    }
    return AgentRow(**(given | more))  # type: ignore[arg-type]


def test_the_table_fits_a_terminal_of_80_columns_whatever_there_is_to_say_of_an_agent():
    clone = CloneRow({"board": "dddd4444", "disk": DISK, "mac": MAC}, NOW, NOW, 12)
    rows = [
        _row("bac-gia-nghia-2/pc-001"),
        _row("", state="pending", hostname="MAY-1", host="198.18.251.2"),
        _row("duc-trong/pc-002", clones=(clone,)),
        _row("duc-trong/pc-003", revoked_at=NOW, clones=(clone,)),
    ]

    lines = as_table(rows, NOW).splitlines()

    assert max(map(len, lines)) <= 80
    assert [line.strip() for line in lines if line.startswith("    ")] == [
        "no code given; network unknown (198.18.251.2)",
        "CLONE? its key was used 12 times until 2027-01-15T08:00:00Z",
        "by   board:dddd disk:bbbb mac:cccc",
        "not  board:aaaa disk:bbbb mac:cccc",
        "revoked 2027-01-15T08:00:00Z",
    ]
