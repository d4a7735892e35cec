"""Addresses, networks and URLs: well formed, and within the building they belong to.

Works on located data, so that one wrong field hides no other mistake.
"""

import contextlib
import ipaddress
from urllib.parse import urlsplit

from inventory.explain import spot_of
from inventory.fill import Network, in_site
from inventory.located import Map, Seq
from inventory.problems import Problems, quoted
from inventory.profiles import maps_of

URL_SCHEMES = ("http", "https", "smtp", "imap", "imaps", "dns", "tcp")
"""As `govnet.settings.ServiceSettings` has them."""
_INSIDE = (
    ("links", "gateway"),
    ("devices", "address"),
    ("machines", "address"),
    ("conference_points", "address"),
)
"""What stands in the building. The next hop and the far end stand elsewhere."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_site_addresses(site: Map, problems: Problems) -> None:
    """Report wrong networks, wrong addresses, and addresses outside the site's networks."""
    networks = _networks(site, problems)
    for list_name, field in _INSIDE:
        for item in maps_of(site, list_name):
            address = _address(item, field, problems)
            if address is None or not networks:
                continue
            if not any(address in network for network in networks):
                expected = "an address within " + ", ".join(str(one) for one in networks)
                got = quoted(str(item[field]))
                problems.add(item.value_spot(field), expected, got, in_site(site))
    for link in maps_of(site, "links"):
        _address(link, "next_hop", problems)
        if isinstance(far_end := link.get("far_end"), Map):
            _address(far_end, "address", problems)


def check_service_addresses(service: Map, problems: Problems) -> None:
    """Report a wrong URL or address of a service."""
    _address(service, "address", problems)
    url = service.get("url")
    if isinstance(url, str) and not _is_url(url):
        expected = "a URL that begins with " + ", ".join(f"{one}://" for one in URL_SCHEMES)
        problems.add(service.value_spot("url"), expected, quoted(url))


def _is_url(url: str) -> bool:
    """Return whether a URL has a scheme that we can ask, a host, and a possible port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    whole = url.isprintable() and " " not in url
    return whole and parts.scheme in URL_SCHEMES and bool(parts.hostname) and port != 0


def _networks(site: Map, problems: Problems) -> list[Network]:
    """Return the site's networks, none when one is wrong: addresses may be meant to lie in it.

    Reports those that are none.
    """
    written = site.get("networks")
    result: list[Network] = []
    wrong = False
    for index, text in enumerate(written) if isinstance(written, Seq) else ():
        if not isinstance(text, str) or not isinstance(written, Seq):
            wrong = True
            continue
        try:
            result.append(ipaddress.ip_network(text))
        except ValueError:
            wrong = True
            hint = ""
            with contextlib.suppress(ValueError):
                hint = f"did you mean {quoted(str(ipaddress.ip_network(text, strict=False)))}?"
            expected = "a network like 198.18.12.0/24"
            problems.add(spot_of(written, index), expected, quoted(text), hint)
    return [] if wrong else result


def _address(item: Map, field: str, problems: Problems) -> Address | None:
    """Return the address in a field; report what is none."""
    text = item.get(field)
    if not isinstance(text, str):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        expected = "an address like 198.18.12.1 or 2001:db8::1"
        problems.add(item.value_spot(field), expected, quoted(text))
        return None
