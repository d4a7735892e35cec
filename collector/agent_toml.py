"""The `agent.toml` of a machine that is being enrolled, and what looks wrong about it. Pure.

The agent reads the file by `agent.config`, which this side does not import.
"""

import json
from collections.abc import Collection, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from collector.http_access import Form, check_url
from collector.store.registry import NewKey
from govnet.errors import ConfigError
from inventory.model import Site
from inventory.problems import near

_OF_A_COLLECTOR = Form("https://HOST[:PORT]")


def lines(new: NewKey, url: str, ca: str | None) -> Iterator[str]:
    """Yield the lines of the file; JSON's strings are TOML's too."""
    yield f"collectors = [{_quoted(url)}]"
    if ca is not None:
        yield f"ca_file = {_quoted(ca)}"
    elif is_ca_missing(url, ca):
        yield '# ca_file = "ca.pem"'
    yield ""
    yield "[identity]"
    yield f"agent = {_quoted(new.identity.agent)}"
    yield f"key_id = {_quoted(new.key)}"
    yield f"key = {_quoted(new.secret.hex())}"


def is_ca_missing(url: str, ca: str | None) -> bool:
    """Whether the agent will ask for a CA that was not given."""
    return ca is None and url.startswith("https:")


def check_address(url: str) -> None:
    """Raise ConfigError for a collector's address that the agent would refuse."""
    check_url("--url", url, _OF_A_COLLECTOR)
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        why = "agents take http:// from their own machine only (docs/collector.md)"
        raise ConfigError([f"--url: expected {_OF_A_COLLECTOR.text}, got {url!r}: {why}"])


def address_doubts(url: str, names: Collection[str]) -> Iterator[str]:
    """Yield why other machines would not get through to a collector's address.

    `names` are those of its certificate, empty if nobody knows them here.
    """
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        yield (
            f"{url}: only this machine reaches the collector so; for others give its address by"
            " --url, or once for all as `url` in collector.toml"
        )
    elif names and host not in names:
        known = " ".join(names)
        wanted = [*(name for name in names if not is_loopback(name)), host]
        yield (
            f"{url}: the certificate is not for {host} but for {known}; agents will refuse it:"
            f" govnet tls renew {' '.join(f'--name {name}' for name in wanted)}, then govnet reload"
        )


def doubts(site: Site, machine: str, enrolled: Collection[str], *, is_named: bool) -> Iterator[str]:
    """Yield what looks like a mistake about a machine (full id) that was just enrolled.

    `enrolled` are the machines with an agent, this one among them; `is_named` whether somebody
    chose the machine's name.
    """
    declared = {item.id for item in site.machines}
    if machine in declared:
        return
    within = f"{site.id}/"
    if is_named:
        known = [item.removeprefix(within) for item in declared]
        guess = near(machine.removeprefix(within), known)
        hint = guess or "it fills a place of the site's number"
        yield f"{machine}: the inventory declares no such machine; {hint}"
    filled = sum(item.startswith(within) and item not in declared for item in enrolled)
    places = site.machines_by_number()
    if filled > places:
        yield (
            f"{site.id}: the inventory declares {places} machines by number, and {filled} agents"
            " fill these places now: correct the inventory, or revoke one (govnet agents revoke)"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine itself is reached by that name or address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
