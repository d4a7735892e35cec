"""`govnet tls`: the collector's own small CA, its certificate, and the change to another CA.

All of them work on files; a running collector takes them over with `govnet reload`.
"""

import argparse
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collector.commands.arguments import Commands, add_command, add_data, add_group, utc

if TYPE_CHECKING:
    from cryptography import x509

    from collector.tls.folder import Trust

DEFAULT_DAYS = 397
MOST_DAYS = 3652
_SOMEWHERE = (("198.18.0.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses for trials: nothing is sent there, they only show which own address would be used."""


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "tls", "The collector's certificate and its own CA.")
    init = add_command(actions, "init", "Make a CA and the collector's certificate.", init_tls)
    _add_names(init, "this machine's names and addresses, and loopback")
    _add_days(init)
    add_data(init)
    show = add_command(actions, "show", "Print names, ends and fingerprints.", show_tls)
    add_data(show)
    renew = add_command(
        actions, "renew", "Make a new certificate and key under the same CA.", renew_tls
    )
    _add_names(renew, "those of the present certificate")
    _add_days(renew)
    add_data(renew)
    following = add_command(
        actions, "next-ca", "Make a second CA, which agents learn to trust.", next_ca
    )
    add_data(following)
    switch = add_command(
        actions, "switch-ca", "Let the second CA sign the collector's certificate.", switch_ca
    )
    _add_days(switch)
    add_data(switch)
    drop = add_command(actions, "drop-old-ca", "End the trust in the first CA.", drop_old_ca)
    add_data(drop)


def _add_names(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="host name or address by which agents and browsers reach the collector; may be given"
        f" several times (default: {default})",
    )


def _add_days(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--days",
        type=_days,
        default=DEFAULT_DAYS,
        metavar="N",
        help="how long the certificate is good, browsers accept 397 at most (default: 397)",
    )


def _days(text: str) -> int:
    days = int(text)
    if not 1 < days <= MOST_DAYS:
        raise ValueError(text)
    return days


def init_tls(options: argparse.Namespace) -> int:
    """Make the folder."""
    from collector.tls import folder  # noqa: PLC0415

    names = _with_loopback(options.name or own_names())
    trust = folder.init(Path(options.data_dir), names, options.days, time.time())
    _print(trust)
    print("Start the collector (again): it speaks TLS from now on.", file=sys.stderr)
    return 0


def show_tls(options: argparse.Namespace) -> int:
    """Print what there is."""
    from collector.tls import folder  # noqa: PLC0415

    _print(folder.load(Path(options.data_dir)))
    return 0


def renew_tls(options: argparse.Namespace) -> int:
    """Renew the certificate."""
    from collector.tls import folder  # noqa: PLC0415

    names = _with_loopback(options.name) if options.name else []
    _print(folder.renew(Path(options.data_dir), time.time(), options.days, names))
    _say_reload()
    return 0


def next_ca(options: argparse.Namespace) -> int:
    """Make a second CA."""
    from collector.tls import folder  # noqa: PLC0415

    _print(folder.next_ca(Path(options.data_dir), time.time()))
    _say_reload()
    print("Agents learn it with their settings; then `govnet tls switch-ca`.", file=sys.stderr)
    return 0


def switch_ca(options: argparse.Namespace) -> int:
    """Go over to the second CA."""
    from collector.tls import folder  # noqa: PLC0415

    _print(folder.switch_ca(Path(options.data_dir), time.time(), options.days))
    _say_reload()
    print(
        "Agents that know only the old CA still get through. When all have reported, and those"
        " that are switched off have been back: `govnet tls drop-old-ca`.",
        file=sys.stderr,
    )
    return 0


def drop_old_ca(options: argparse.Namespace) -> int:
    """End the trust in the old CA."""
    from collector.tls import folder  # noqa: PLC0415

    _print(folder.drop_old_ca(Path(options.data_dir)))
    _say_reload()
    return 0


def _with_loopback(names: Sequence[str]) -> list[str]:
    """Return the names with those by which commands on this machine reach the collector."""
    return [*names, *(name for name in ("localhost", "127.0.0.1", "::1") if name not in names)]


def own_names() -> list[str]:
    """Return by which names and addresses this machine is probably known."""
    host = socket.gethostname()
    found = [host, socket.getfqdn()]
    try:
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(host, None)]
    except OSError:
        found += []  # Its own name is known to nobody; the addresses below remain.
    for address, family in _SOMEWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 9))
                found.append(str(probe.getsockname()[0]))
            except OSError:
                continue
    names = [name.partition("%")[0] for name in found if not name.startswith(("127.", "fe80:"))]
    return [name for name in dict.fromkeys(names) if name and not name.startswith("localhost")]


def _say_reload() -> None:
    print("A running collector takes it over with `govnet reload`.", file=sys.stderr)


def _print(trust: "Trust") -> None:
    """Print one block per certificate."""
    from collector.tls.authority import names_of  # noqa: PLC0415

    current = trust.current.certificate
    for authority in trust.authorities:
        used = "CA in use" if authority.certificate == current else "CA trusted too"
        _print_certificate(used, authority.certificate)
    if trust.server is not None:
        _print_certificate("certificate", trust.server.certificate)
        print(f"  names        {' '.join(names_of(trust.server.certificate))}")


def _print_certificate(title: str, certificate: "x509.Certificate") -> None:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    print(f"{title}: {certificate.subject.rfc4514_string()}")
    print(f"  good until   {utc(certificate.not_valid_after_utc.timestamp())}")
    print(f"  fingerprint  {certificate.fingerprint(hashes.SHA256()).hex()}")
