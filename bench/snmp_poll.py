"""What it costs one agent to ask 300 switches of 48 ports by SNMP every minute.

The switches are net-snmp's snmpd in a network namespace of its own, with 24 pairs of virtual cables
as their 48 ports; a few programs answer for all addresses of 127.0.0.0/8. Another 100 addresses are
silent: they must cost no live switch a late poll.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Comparison, Figure, middle
from bench.processes import BenchError, program, running, until

SWITCHES, SILENT, PORTS = 300, 100, 48
PROGRAMS = 3
MIB = 1 << 20

_FIRST_PORT = 16_100
_NAME = "1.3.6.1.2.1.1.5.0"


@contextmanager
def namespace(pairs: int) -> Iterator[list[str]]:
    """Make a network namespace with so many pairs of virtual cables; yield how to run in it."""
    ip = program("ip")
    name = f"govnet-bench-{os.getpid()}"
    inside = [ip, "netns", "exec", name]
    try:
        subprocess.run([ip, "netns", "add", name], check=True, capture_output=True)
    except subprocess.CalledProcessError as exc:
        raise BenchError(f"no network namespace: {exc.stderr.decode().strip()}") from exc
    try:
        lines = ["link set lo up"]
        for number in range(pairs):
            ends = (f"p{2 * number}", f"p{2 * number + 1}")
            lines.append(f"link add {ends[0]} type veth peer name {ends[1]}")
            lines += [f"link set {end} up" for end in ends]
        batch = "\n".join(lines).encode()
        subprocess.run([*inside, ip, "-batch", "-"], input=batch, check=True)
        yield inside
    finally:
        subprocess.run([ip, "netns", "delete", name], check=True)


@contextmanager
def switches(inside: list[str]) -> Iterator[list[int]]:
    """Run the programs that answer for all switches; yield their UDP ports."""
    ports = [_FIRST_PORT + number for number in range(PROGRAMS)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for port in ports:
            configuration = folder / f"{port}.conf"
            configuration.write_text(
                f"agentAddress udp:0.0.0.0:{port}\nrocommunity public\nsysName switch\n"
            )
            command = [program("snmpd"), "-f", "-C", "-c", str(configuration), "-Lo"]
            environment = os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / str(port))}
            stack.enter_context(
                running([*inside, *command, "-p", str(folder / f"{port}.pid")], environment)
            )
        for port in ports:
            until(lambda port=port: _answers(inside, port), f"snmpd at port {port}")
        yield ports


def _answers(inside: list[str], port: int) -> bool:
    command = [program("snmpget"), "-v2c", "-c", "public", "-t", "0.2", "-r", "0"]
    asked = subprocess.run(
        [*inside, *command, f"127.0.0.1:{port}", _NAME],
        env=os.environ | {"MIBS": ""},
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def polled(rounds: int, live: int, dead: int, seconds: float) -> list[dict[str, Any]]:
    """Return what each interval showed; the first one, in which all is learnt, is left out."""
    with namespace(PORTS // 2) as inside, switches(inside) as ports:
        options = {
            "live": live,
            "dead": dead,
            "intervals": rounds + 1,
            "seconds": seconds,
        }
        command = [sys.executable, "-m", "bench.snmp_poller", "--ports", *map(str, ports)]
        command += [f"--{name}={value}" for name, value in options.items()]
        said = subprocess.run([*inside, *command], capture_output=True, text=True, check=False)
        if said.returncode:
            raise BenchError(f"the poller ended: {said.stderr[-2000:]}")
    return [json.loads(line) for line in said.stdout.splitlines()][1:]


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Measure whole intervals, after one in which the agent learns what the switches are."""
    live, dead, seconds = (20, 10, 5.0) if quick else (SWITCHES, SILENT, 60.0)
    intervals = polled(1 if quick else rounds, live, dead, seconds)

    def of(name: str) -> float:
        return middle([each[name] for each in intervals])

    if any(each["failed"] or each["polls"] < live * 0.9 for each in intervals):
        raise BenchError(f"not every switch was polled: {intervals}")
    cpu_seconds, polls = of("cpu_seconds"), of("polls")
    return [
        Comparison(
            f"One agent that asks {live} switches of {PORTS} ports every {seconds:g} s",
            "none",
            (
                Figure("CPU", "cores", cpu_seconds / seconds, most=0.5),
                Figure("CPU per switch", "ms", cpu_seconds / polls * 1000),
                Figure("RSS", "MiB", of("rss_bytes") / MIB, most=150),
                Figure("samples per switch", "", of("samples") / polls),
                Figure("latest start of a poll", "s", of("latest_seconds"), most=1),
                Figure("longest poll", "s", of("longest_seconds")),
                Figure("silent addresses asked", "", of("silent")),
            ),
            (
                (
                    "The real device check on the agent's own schedule and threads, without making"
                    f" reports; {dead} more addresses never answer, and take all of their 10 s."
                ),
                (
                    f"The switches are {PROGRAMS} snmpd with {PORTS} ports and lo, on the same"
                    " machine; version 2c; the first interval, in which all is learnt, not counted."
                ),
            ),
        )
    ]
