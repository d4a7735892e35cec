"""SNMP messages to bytes and back: what is asked, what is answered, what devices report (v1, v2c).

Version 3 wraps the same inner part: `snmp_usm`.
"""

from collections.abc import Mapping
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error

from agent.probe import snmp_syntax as syntax
from agent.probe.snmp_pdu import (
    MAX_VALUE_BYTES,
    Missing,
    NotSnmpError,
    Oid,
    Pdu,
    Question,
    TrapV1,
    Value,
    oid_text,
)

VERSIONS = {"1": 0, "2c": 1, "3": 3}
"""What stands for a version in a message."""

_MAX_ARCS, _MAX_ARC = 128, (1 << 32) - 1  # RFC 2578 §3.5.
_UNSIGNED_BITS = {"counter32": 32, "gauge32": 32, "ticks": 32, "counter64": 64}


def encode(message: Any) -> bytes:
    """Return a filled shape as bytes."""
    return bytes(encoder.encode(message))


def decode(data: bytes, shape: Any) -> Any:
    """Return bytes as a filled shape; what follows it is ignored. Raises NotSnmpError."""
    try:
        found, _rest = decoder.decode(data, asn1Spec=shape)
    except (PyAsn1Error, ValueError, LookupError, RecursionError, OverflowError) as exc:
        # pyasn1 lets Python's own errors out for some malformed bytes.
        raise NotSnmpError("not a message of SNMP") from exc
    return found


def fill(shape: Any, fields: Mapping[str, Any]) -> Any:
    """Return the shape with these fields set."""
    for name, value in fields.items():
        shape[name] = value
    return shape


def pdu_of(question: Question) -> Any:
    """Return a question as the shape of a PDU."""
    pdu = syntax.Pdu()
    body = pdu.setComponentByName(question.kind).getComponent()
    fill(
        body,
        {
            "request_id": question.request_id,
            "error_status": 0,
            "error_index": question.repetitions,
        },
    )
    values = body.setComponentByName("values").getComponentByName("values")
    values.clear()
    for position, oid in enumerate(question.oids):
        bind = values.setComponentByPosition(position).getComponentByPosition(position)
        bind["name"] = oid
        bind.setComponentByName("value").getComponentByName("value")["null"] = ""
    return pdu


def encode_question(version: str, community: str, question: Question) -> bytes:
    """Return a question of version 1 or 2c as bytes."""
    message = syntax.CommunityMessage()
    fields = {
        "version": VERSIONS[version],
        "community": community.encode(),
        "pdu": pdu_of(question),
    }
    return encode(fill(message, fields))


def decode_community(data: bytes) -> tuple[int, bytes, Pdu]:
    """Return version number, community and content of a message of version 1 or 2c.

    Raises NotSnmpError.
    """
    message = decode(data, _COMMUNITY_MESSAGE)
    return int(message["version"]), bytes(message["community"]), pdu_from(message["pdu"])


def acknowledgement(inform: bytes) -> bytes:
    """Return the answer to an inform of version 2c: what it said (RFC 3416 §4.2.7).

    Raises NotSnmpError.
    """
    message = decode(inform, _COMMUNITY_MESSAGE)
    said = message["pdu"].getComponent()
    answer = syntax.Pdu()
    body = answer.setComponentByName("response").getComponent()
    fill(body, {"request_id": said["request_id"], "error_status": 0, "error_index": 0})
    body["values"] = said["values"]
    return encode(fill(message, {"pdu": answer}))


def version_of(data: bytes) -> int:
    """Return the version number at the head of a message. Raises NotSnmpError."""
    # 30 LENGTH 02 01 VERSION: the only part in which all versions are alike.
    if len(data) > 1 and data[0] == 0x30:  # noqa: PLR2004 - the tag of SEQUENCE
        start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
        if data[start : start + 2] == b"\x02\x01" and len(data) > start + 2:
            return data[start + 2]
    raise NotSnmpError("not a message of SNMP")


def pdu_from(shape: Any) -> Pdu:
    """Return a decoded PDU as ours. Raises NotSnmpError for what cannot be said in SNMP."""
    kind = shape.getName()
    body = shape.getComponent()
    values = tuple((_oid(bind[0]), _value(bind[1])) for bind in body["values"])
    if kind == "trap_v1":
        trap = TrapV1(_oid(body["enterprise"]), _number(body["generic"]), _number(body["specific"]))
        return Pdu(kind, 0, 0, 0, values, trap)
    return Pdu(
        kind,
        _number(body["request_id"]),
        _number(body["error_status"]),
        _number(body["error_index"]),
        values,
    )


def _number(found: Any) -> int:
    number = int(found)
    if not -(1 << 31) <= number < 1 << 32:
        raise NotSnmpError("a number that is none of SNMP")
    return number


def _oid(found: Any) -> Oid:
    arcs: Oid = found.asTuple()
    if len(arcs) > _MAX_ARCS or max(arcs, default=0) > _MAX_ARC:
        raise NotSnmpError("an OID that is none of SNMP")
    return arcs


def _value(found: Any) -> Value | Missing:
    kind = found.getName()
    value = found.getComponent()
    if kind in _UNSIGNED_BITS:
        # Some devices forget the zero byte before a high bit: the number arrives negative.
        bits = _UNSIGNED_BITS[kind]
        number = int(value)
        return number % (1 << bits) if -(1 << bits) <= number < 1 << bits else Missing.NOT_THERE
    if kind == "integer":
        number = int(value)
        return number if -(1 << 63) <= number < 1 << 63 else Missing.NOT_THERE
    if kind == "oid":
        return oid_text(_oid(value))
    if kind == "end_of_mib_view":
        return Missing.END
    if kind in ("null", "no_such_object", "no_such_instance"):
        return Missing.NOT_THERE
    return bytes(value.asOctets()[:MAX_VALUE_BYTES])


_COMMUNITY_MESSAGE = syntax.CommunityMessage()
