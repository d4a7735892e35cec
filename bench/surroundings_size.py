"""Bytes of what is told of a switch of 48 ports and 100 stations: once, then when it changes.

python -m bench.surroundings_size
"""

import gzip
import random

from govnet.report import Clock, Report, Result, encode_batch, encode_report
from govnet.surroundings import SeenNeighbour, SeenStation, Surroundings, pack

PORTS, STATIONS = 48, 100
MAKERS = ("00:11:22", "00:16:3e", "00:50:56", "08:00:27")
"""Four makers' PCs; the rest of an address is random, which gzip cannot shorten."""


def switch(seed: int = 1) -> Surroundings:
    """Return a switch that has its own station at every port and the others by ARP."""
    drawn = random.Random(seed)
    stations = (
        SeenStation(
            port=f"GigabitEthernet0/0/{1 + number % PORTS}",
            mac=f"{drawn.choice(MAKERS)}:{drawn.randbytes(3).hex(':')}",
            address=f"198.18.7.{10 + number}",
        )
        for number in range(STATIONS)
    )
    uplink = SeenNeighbour(
        port="GigabitEthernet0/0/48",
        name="cpe-xa-a",
        neighbour_port="GigabitEthernet0/0/1",
        mac="00:11:22:33:44:55",
        address="198.18.7.1",
        capabilities=("bridge", "router"),
        description="A router of somebody, software of somebody, version 5.170",
    )
    return Surroundings(
        name="sw-xa-a",
        description="A switch of 48 ports, software of somebody, version 5.170 (V200R011C10SPC600)",
        object_id="1.3.6.1.4.1.2011.2.23.291",
        family="huawei-vrp",
        model="S5720-52P-LI-AC",
        serial="SN0000000001",
        firmware="V200R011C10SPC600",
        neighbours=(uplink,),
        stations=tuple(stations),
    )


def batch(facts: dict[str, str] | None) -> bytes:
    """Return a batch of one report with these facts, as sent."""
    result = Result("device", "xa-a/sw1", 1.0, 0.5, None, (), facts)
    report = Report(1, 1.79e9, 60.0, "0" * 32, 60.0, "0" * 16, (result,))
    clock = Clock(1.79e9, 61.0, "0" * 32)
    return encode_batch("0a1b2c3d", "0" * 16, clock, [encode_report(report)]).body


def main() -> None:
    """Print what one telling adds to a report."""
    with_facts, without = batch(pack(switch())), batch(None)
    plain = len(gzip.decompress(with_facts)) - len(gzip.decompress(without))
    facts = len(pack(switch()))
    print(f"{facts} facts: {plain} bytes plain, {len(with_facts) - len(without)} bytes gzip")


if __name__ == "__main__":
    main()
