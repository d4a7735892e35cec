"""This machine's view of its LAN: adapters, gateways, neighbours, resolvers, DHCP leases.

The same five names on Linux and Windows; each takes what it reads from as an optional parameter, so
that tests give it a made-up machine. All raise CheckError when the system cannot be asked.
"""

import sys

from agent.probe.network.records import Gateway, Interface, Lease, Neighbour

if sys.platform == "win32":
    from agent.probe.network.windows import gateways, interfaces, leases, neighbours, resolvers
else:
    from agent.probe.network.linux import gateways, interfaces, leases, neighbours, resolvers

__all__ = [
    "Gateway",
    "Interface",
    "Lease",
    "Neighbour",
    "gateways",
    "interfaces",
    "leases",
    "neighbours",
    "resolvers",
]
