"""Addresses, networks and URLs: well formed, and within the building they belong to.

Works on located data, so that one wrong field hides no other mistake.
"""

import contextlib
import ipaddress
import re
from urllib.parse import urlsplit

from inventory.explain import spot_of
from inventory.fill import Network, in_site
from inventory.located import Map, Seq
from inventory.problems import Problems, quoted
from inventory.profiles import maps_of

URL_SCHEMES = (
    *("http", "https", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s"),
    *("dns", "tcp", "rtsp", "ocsp+http", "crl+http"),
)
"""As `govnet.settings.ServiceSettings` has them."""
DEVICE_SCHEMES = ("rtsp", "nut", "http", "https", "file")
"""As `govnet.settings.DeviceSettings` has them."""
_INSIDE = (
    ("links", "gateway"),
    ("devices", "address"),
    ("machines", "address"),
    ("conference_points", "address"),
)
"""What stands in the building. The next hop and the far end stand elsewhere."""
_USER = re.compile(r"[a-z0-9+]+://[^/?#]*@", re.IGNORECASE)
_AN_ADDRESS = "an address like 198.18.12.1 or 2001:db8::1"

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
    for device in maps_of(site, "devices"):
        _check_url(device, DEVICE_SCHEMES, problems)
    for link in maps_of(site, "links"):
        _address(link, "next_hop", problems)
        if isinstance(far_end := link.get("far_end"), Map):
            _address(far_end, "address", problems)


def check_service_addresses(service: Map, problems: Problems) -> None:
    """Report a wrong URL or address of a service."""
    _address(service, "address", problems)
    _check_url(service, URL_SCHEMES, problems)
    answers = service.get("expect_answers")
    for index, text in enumerate(answers) if isinstance(answers, Seq) else ():
        if isinstance(answers, Seq) and isinstance(text, str) and not _is_address(text):
            problems.add(answers.item_spot(index), _AN_ADDRESS, quoted(text))


def check_reflector_address(province: Map, problems: Problems) -> None:
    """Report a reflector whose address is none."""
    if isinstance(reflector := province.get("reflector"), Map):
        _address(reflector, "address", problems)


def _check_url(item: Map, schemes: tuple[str, ...], problems: Problems) -> None:
    url = item.get("url")
    if not isinstance(url, str):
        return
    if _USER.match(url):
        # Not shown: it is the very secret that belongs elsewhere.
        expected = "a URL without user and password (credentials have a file of their own)"
        problems.add(item.value_spot("url"), expected, "one with")
    elif not _is_url(url, schemes):
        expected = "a URL that begins with " + ", ".join(f"{one}://" for one in schemes)
        problems.add(item.value_spot("url"), expected, quoted(url))


def _is_url(url: str, schemes: tuple[str, ...]) -> bool:
    """Return whether a URL has a scheme that we can ask, a host, and a possible port.

    A file has a whole path instead of a host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    whole = url.isprintable() and " " not in url
    if not whole or parts.scheme not in schemes:
        return False
    if parts.scheme == "file":
        return not parts.netloc and parts.path.startswith("/")
    return bool(parts.hostname) and port != 0


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


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
        problems.add(item.value_spot(field), _AN_ADDRESS, quoted(text))
        return None
