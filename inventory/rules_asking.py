"""What a device, a conference point or a service needs so that it can be asked as it is declared.

Each rule is one short function on located data, like those of `inventory.rules`. What is missing is
not reported where a mistake may hide it.
"""

import ssl
from collections.abc import Collection, Iterator, Mapping

from inventory.addresses import DEVICE_SCHEMES, URL_SCHEMES
from inventory.doubt import may_lack
from inventory.located import Map, Seq
from inventory.model import ConferencePoint, Device, PointProtocol, Service
from inventory.problems import Problems, quoted, shown

PROTOCOLS = frozenset(PointProtocol)
NEEDED: Mapping[str, tuple[str, ...]] = {"snmp": ("snmp",), "login": ("cisco_xapi", "poly_rest")}
"""Which protocols of a conference point need which credentials."""

_OF_SERVICES: Mapping[str, tuple[str, ...]] = {
    "expect_status": ("http", "https", "smtp", "smtps", "rtsp"),
    "expect_content": (
        *("http", "https", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s", "dns"),
    ),
    "expect_answers": ("dns",),
    "certificate": ("ocsp+http",),
    "issuer": ("ocsp+http",),
}
_OF_DEVICES: Mapping[str, tuple[str, ...]] = {
    "expect_status": ("http", "https", "rtsp"),
    "expect_content": ("http", "https"),
    "max_age_seconds": ("http", "https", "file"),
}
"""Schemes whose answers have what may be expected of them."""


def check_device(device: Map, problems: Problems) -> None:
    """Report a device that cannot be asked as it is declared."""
    is_complete = not may_lack(device, Device)
    for field, needed, expected in (
        ("snmp", "address", "an address of what is asked by SNMP"),
        ("family", "snmp", "an access by SNMP (snmp) beside its family"),
        ("login", "url", "a URL beside its login"),
        *((field, "url", "a URL of which that is expected") for field in _OF_DEVICES),
    ):
        if device.get(field) is not None and device.get(needed) is None and is_complete:
            problems.add(device.value_spot(field), expected, "none")
    if device.get("traps") is True and device.get("snmp") is None and is_complete:
        spot = device.value_spot("traps")
        problems.add(spot, "an access by SNMP (snmp) of what sends notifications", "none")
    _check_expected(device, _OF_DEVICES, DEVICE_SCHEMES, problems)


def check_point(point: Map, problems: Problems) -> None:
    """Report a conference point that cannot be asked as it is declared."""
    is_complete = not may_lack(point, ConferencePoint)
    if point.get("kind") == "software" and point.get("machine") is None and is_complete:
        spot = point.spot().field("machine")
        problems.add(spot, "the machine of a software point", "none")
    if point.get("platform") is not None and point.get("kind") in ("codec", "mcu"):
        expected = "none for a point that is no software"
        problems.add(point.value_spot("platform"), expected, quoted(str(point["platform"])))
    ports, protocols = point.get("ports"), point.get("protocols")
    named = protocols if isinstance(protocols, Seq) else ()
    # A wrong protocol may be meant to be the one whose port, or access, is given.
    known = protocols is None or isinstance(protocols, Seq)
    known = known and all(isinstance(one, str) and one in PROTOCOLS for one in named)
    if not known or not is_complete:
        return
    if isinstance(ports, Map):
        for name in ports:
            if name in PROTOCOLS and name not in named:
                spot = ports.key_spot(name)
                problems.add(spot, "one of the point's protocols", quoted(name))
    _check_credentials(point, named, problems)


def _check_credentials(point: Map, named: Collection[object], problems: Problems) -> None:
    for field, users in NEEDED.items():
        used = [one for one in users if one in named]
        if used and point.get(field) is None:
            what = "the name of an access" if field == "snmp" else "the name of an account"
            problems.add(point.spot().field(field), f"{what} for {used[0]}", "none")
        elif point.get(field) is not None and not used:
            expected = "one of the protocols that use it: " + ", ".join(users)
            problems.add(point.value_spot(field), expected, "none of them")
    if point.get("verify_certificate") is False and point.get("login") is None:
        expected = "a login beside it: nothing else depends on the certificate"
        problems.add(point.value_spot("verify_certificate"), expected, "none")


def check_service(service: Map, problems: Problems) -> None:
    """Report what a service's protocol never gives, and what it lacks to be asked."""
    is_complete = not may_lack(service, Service)
    _check_expected(service, _OF_SERVICES, URL_SCHEMES, problems)
    scheme = _scheme(service)
    for field in ("certificate", "issuer"):
        text = service.get(field)
        if scheme == "ocsp+http" and text is None and is_complete:
            problems.add(service.spot().field(field), f"the {field} (PEM) to ask about", "none")
        elif isinstance(text, str) and not _is_certificate(text):
            expected = "a certificate in PEM (BEGIN CERTIFICATE ... END CERTIFICATE)"
            problems.add(service.value_spot(field), expected, shown(text))
    if service.get("registrar") is True and scheme in URL_SCHEMES and scheme != "https":
        problems.add(service.value_spot("registrar"), "an https:// URL of a registrar", scheme)
    if service.get("registrar") is True and service.get("login") is None and is_complete:
        expected = "the name of the account by which a registrar is asked"
        problems.add(service.spot().field("login"), expected, "none")
    if service.get("login") is not None and service.get("registrar", False) is False:
        expected = "registrar: true beside it: nothing else is asked with an account"
        problems.add(service.value_spot("login"), expected, quoted(str(service["login"])))


def _check_expected(
    item: Map,
    expected_of: Mapping[str, tuple[str, ...]],
    schemes: tuple[str, ...],
    problems: Problems,
) -> None:
    """Report a status or a text that the item's protocol never gives: it would never be up."""
    scheme = _scheme(item)
    for field in _given(item, expected_of):
        if scheme in schemes and scheme not in expected_of[field]:
            got = shown(item[field], item.written(field))
            problems.add(item.value_spot(field), f"none for {scheme}://", got)


def _given(item: Map, fields: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    return (field for field in fields if item.get(field) is not None)


def _scheme(item: Map) -> str:
    return str(item.get("url")).partition(":")[0].lower()


def _is_certificate(text: str) -> bool:
    try:
        return bool(ssl.PEM_cert_to_DER_cert(text.strip()))
    except ValueError:
        return False
