"""Every probe that a person can run by hand: its module, imported when asked for, and its line."""

from importlib import import_module
from typing import NamedTuple, cast

from agent.byhand.contract import Probe


class Row(NamedTuple):
    """Where a probe is, and what `--help` says of it."""

    module: str
    summary: str


PROBES: dict[str, Row] = {
    "icmp": Row("agent.byhand.icmp", "send echo requests and tell loss and round-trip time"),
    "tcp": Row("agent.byhand.tcp", "see whether something listens at a TCP port"),
    "stamp": Row("agent.byhand.stamp", "measure loss and jitter by direction to a reflector"),
    "mtu": Row("agent.byhand.mtu", "find the largest packet that passes unbroken"),
    "sip": Row("agent.byhand.sip", "ask a SIP endpoint for its options; nothing rings"),
    "h323": Row("agent.byhand.h323", "see whether an H.323 endpoint or gatekeeper is there"),
    "codec": Row("agent.byhand.codec", "ask a conference codec how it is, with a read-only login"),
    "snmp": Row("agent.byhand.snmp", "ask a device who it is"),
    "http": Row("agent.byhand.http", "fetch a page and tell where the time goes"),
    "dns": Row("agent.byhand.dns", "ask a name server for a name"),
    "smtp": Row("agent.byhand.smtp", "greet a mail server, with its certificate"),
    "imap": Row("agent.byhand.imap", "greet an IMAP server, with its certificate"),
    "pop3": Row("agent.byhand.pop3", "greet a POP3 server, with its certificate"),
    "ocsp": Row("agent.byhand.ocsp", "ask an OCSP responder about a certificate"),
    "crl": Row("agent.byhand.crl", "fetch a revocation list and tell how long it is good"),
    "rtsp": Row("agent.byhand.rtsp", "see whether a camera answers"),
    "nut": Row("agent.byhand.nut", "ask a UPS behind a NUT server how it is"),
}


def load(name: str) -> Probe:
    """Return the probe of that name. Raises KeyError if there is none."""
    return cast("Probe", import_module(PROBES[name].module))
