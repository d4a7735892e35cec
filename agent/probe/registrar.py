"""Ask a Cisco Expressway or VCS who is registered: one account there shows every site.

Basic authentication, read only. Two forms are known:

- `/getxml?location=/Status/Registrations`, XML of xStatus: AOR and Contact of SIP, Alias values
  and signalling addresses of H.323
- `/api/management/status/registration/registration`, JSON: for each peer its records with alias,
  number and protocol, where the first is not there (404)

Neither was seen on a real one: the first follows the VCS administrator guide, the second the way
in which open-source clients read it. Addresses are taken only from fields that hold the
endpoint's own; a path through a proxy is not one.
"""

import ipaddress
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.probe.api import NOT_FOUND, OK, Api, Reply
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.point import LoginFate
from agent.probe.tls import Handshake
from agent.probe.trace import Trace, silent
from agent.probe.xml_reply import parse
from govnet.settings import Login

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_XML_PATH = "/getxml?location=/Status/Registrations"
_JSON_PATH = "/api/management/status/registration/registration"
_LIMIT_BYTES = 8 << 20  # 3,750 registrations, the most a VCS takes, of about 2 kB each.
_TEXT_LIMIT = 300
_ALIAS_TAGS = frozenset(("AOR", "Value", "E164"))
_ADDRESS_TAGS = frozenset(("Address", "Contact", "Apparent"))
_ALIAS_KEYS = ("alias", "number", "aor")
_ADDRESS_KEYS = ("contact", "apparent", "ip", "address")
_HOST = re.compile(r"(?:sips?:)?(?:[^@\s]*@)?(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]+)")


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration: names in small letters without `sip:`, and addresses, normalised."""

    aliases: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Registrations:
    """What asking a registrar showed. `records` is None if it did not give its list."""

    outcome: Outcome
    status_code: int | None
    login: LoginFate
    handshake: Handshake | None
    records: tuple[Registration, ...] | None = field(repr=False)
    detail: str


def alias_key(alias: str) -> str:
    """Return an alias as it is compared: SIP URIs by address of record, letters alike.

    >>> alias_key("SIP:Phong-Hop@VC.example;transport=tls"), alias_key("1001")
    ('phong-hop@vc.example', '1001')
    """
    plain = alias.strip().strip("<>").partition(";")[0].casefold()
    return plain.removeprefix("sips:").removeprefix("sip:")


def address_key(text: str) -> str:
    """Return the address that stands in a URI or behind which a port stands; "" if none does.

    >>> address_key('"hall" <sip:hall@198.18.7.10:5060;transport=tcp>')
    '198.18.7.10'
    >>> address_key("[2001:DB8::7]:1720"), address_key("2001:db8::7"), address_key("hall.example")
    ('2001:db8::7', '2001:db8::7', '')
    """
    inner = text.rpartition("<")[2].strip()
    match = _HOST.match(inner)
    host = match[1].strip("[]") if match else ""
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def read_xml(root: "Element") -> Iterator[Registration]:
    """Yield every registration of an xStatus document.

    Raises PeerError(MALFORMED) if it holds no list: that is not an empty one.
    """
    box = root.find(".//Registrations")
    if box is None or box.get("status", "OK") != "OK":
        raise PeerError(Outcome.MALFORMED, "XML without a list of registrations")
    # Only its children: what is nested in itself would be read over and over.
    for each in box.findall("Registration"):
        yield _registration(
            (one.text or "" for one in each.iter() if one.tag in _ALIAS_TAGS),
            (one.text or "" for one in each.iter() if one.tag in _ADDRESS_TAGS),
        )


def read_json(answer: Any) -> Iterator[Registration]:
    """Yield every active registration of all peers, or of one list without peers.

    Raises PeerError(MALFORMED) for JSON of another kind.
    """
    if not isinstance(answer, list) or not answer:
        raise PeerError(Outcome.MALFORMED, "JSON of another kind")
    for peer in answer:
        records = peer.get("records") if isinstance(peer, dict) else None
        if not isinstance(records, list):
            raise PeerError(Outcome.MALFORMED, "JSON of another kind")
        for each in records:
            if isinstance(each, dict) and each.get("active", True):
                yield _registration(_texts(each, _ALIAS_KEYS), _texts(each, _ADDRESS_KEYS))


def _texts(record: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        value = record.get(key)
        if isinstance(value, str):
            yield value


def _registration(aliases: Iterable[str], addresses: Iterable[str]) -> Registration:
    names = (alias_key(each[:_TEXT_LIMIT]) for each in aliases)
    hosts = (address_key(each[:_TEXT_LIMIT]) for each in addresses)
    return Registration(frozenset(filter(None, names)), frozenset(filter(None, hosts)))


class _Registrar:
    """One question, in one form or the other, and how far it has come."""

    def __init__(self, api: Api, login: Login | None) -> None:
        self._api = api
        self._login = login
        self.login = LoginFate.UNTRIED
        self.status_code: int | None = None

    def ask(self) -> tuple[Registration, ...] | None:
        """Return the list, None if a login is wanted; raises OSError without an answer."""
        self._api.connect()
        headers, self.login = self._api.login_headers(self._login)
        reply = self._get(_XML_PATH, headers)
        in_json = reply.status_code == NOT_FOUND
        if in_json:
            reply = self._get(_JSON_PATH, headers)
        self.status_code = reply.status_code
        if reply.refused:
            self.login = LoginFate.REFUSED if headers else self.login
            return None
        if reply.status_code != OK or reply.truncated:
            problem = f"no list of registrations: HTTP status {reply.status_code}"
            raise PeerError(Outcome.MALFORMED, problem)
        records = tuple(_of_json(reply) if in_json else _of_xml(reply))
        self.login = LoginFate.ACCEPTED if headers else self.login
        return records

    def _get(self, path: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        return self._api.ask("GET", path, headers=headers, limit_bytes=_LIMIT_BYTES)


def _of_xml(reply: Reply) -> Iterator[Registration]:
    return read_xml(parse(reply.body))


def _of_json(reply: Reply) -> Iterator[Registration]:
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError) as exc:
        raise PeerError(Outcome.MALFORMED, "no JSON") from exc
    return read_json(answer)


def registrations(
    host: str,
    port: int = 443,
    *,
    login: Login | None = None,
    verify_certificate: bool = True,
    ca_file: str | None = None,
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Registrations:
    """Ask the registrar at `host` (name, IPv4 or IPv6 address) who is registered.

    With `verify_certificate` the login is sent only to a peer whose certificate is trusted.
    Raises CheckError when this machine could not ask.
    """
    with Api(
        host,
        port,
        deadline=Deadline(timeout_seconds, clock),
        verify_certificate=verify_certificate,
        ca_file=ca_file,
        trace=trace,
    ) as api:
        registrar = _Registrar(api, login)
        outcome, detail = Outcome.ANSWERED, ""
        records: tuple[Registration, ...] | None = None
        try:
            records = registrar.ask()
        except OSError as exc:
            outcome, detail = outcome_of(exc), str(exc)
            trace(f"failed: {detail}")
        if records is not None:
            trace(f"{len(records)} registrations")
        return Registrations(
            outcome, registrar.status_code, registrar.login, api.handshake, records, detail
        )
