"""Addresses of the machine's network adapters, by psutil."""

import socket
from typing import Any

import psutil

from agent.facts.reading import Reading, key_part
from agent.probe.network import interfaces


def add_adapters(reading: Reading, source: Any = psutil) -> None:
    """Note MAC and IP addresses of the physical adapters; link-local ones say nothing."""
    addresses = source.net_if_addrs()
    for adapter in interfaces():
        if not adapter.is_physical:
            continue
        name = key_part(adapter.name)
        reading.add(f"adapter.{name}.mac", adapter.mac)
        found = [
            address.address.partition("%")[0]
            for address in addresses.get(adapter.name, ())
            if address.family in (socket.AF_INET, socket.AF_INET6)
        ]
        kept = sorted(text for text in found if not text.startswith(("fe80:", "169.254.")))
        reading.add(f"adapter.{name}.addresses", " ".join(kept))
