"""The shapes of SNMP messages (RFC 1157, 1901, 3412, 3414, 3416) for pyasn1, with pysnmp's types.

pysnmp's own shapes hold every value to the letter of its type, and one counter that a device sends
as a negative number would cost the whole message. These have the same tags and no such limits; what
a number may be is judged value by value in `snmp_message`.
"""

from typing import Any

from pyasn1.type import namedtype, univ
from pysnmp.proto import rfc1157, rfc1902, rfc1905

VALUE_TYPES: dict[str, Any] = {
    "integer": rfc1902.Integer32,
    "octets": rfc1902.OctetString,
    "oid": rfc1902.ObjectIdentifier,
    "null": rfc1902.Null,
    "address": rfc1902.IpAddress,
    "counter32": rfc1902.Counter32,
    "gauge32": rfc1902.Gauge32,
    "ticks": rfc1902.TimeTicks,
    "opaque": rfc1902.Opaque,
    "counter64": rfc1902.Counter64,
    "no_such_object": rfc1905.NoSuchObject,
    "no_such_instance": rfc1905.NoSuchInstance,
    "end_of_mib_view": rfc1905.EndOfMibView,
}
"""What may stand behind an OID, by the name that it has in the shapes below."""

_PDUS: dict[str, Any] = {
    "get": rfc1905.GetRequestPDU,
    "get_next": rfc1905.GetNextRequestPDU,
    "get_bulk": rfc1905.GetBulkRequestPDU,
    "response": rfc1905.ResponsePDU,
    "inform": rfc1905.InformRequestPDU,
    "trap": rfc1905.SNMPv2TrapPDU,
    "report": rfc1905.ReportPDU,
}


def _unlimited(kind: Any) -> Any:
    """Return the plain type of the same nature and tag."""
    for plain in (univ.Integer, univ.OctetString, univ.ObjectIdentifier, univ.Null):
        if issubclass(kind, plain):
            return type(kind.__name__, (plain,), {"tagSet": kind.tagSet})()
    raise TypeError(kind)


def _fields(**named: object) -> Any:
    return namedtype.NamedTypes(*(namedtype.NamedType(name, kind) for name, kind in named.items()))


class Value(univ.Choice):
    """A value, or why there is none."""

    componentType = _fields(**{name: _unlimited(kind) for name, kind in VALUE_TYPES.items()})


class VarBind(univ.Sequence):
    """One OID and its value."""

    componentType = _fields(name=univ.ObjectIdentifier(), value=Value())


class VarBinds(univ.SequenceOf):
    """All that one message says."""

    componentType = VarBind()


class _Body(univ.Sequence):
    """What every PDU but the trap of version 1 is: three numbers and the values.

    In GETBULK the second and third are non-repeaters and max-repetitions.
    """

    componentType = _fields(
        request_id=univ.Integer(),
        error_status=univ.Integer(),
        error_index=univ.Integer(),
        values=VarBinds(),
    )


class TrapV1(univ.Sequence):
    """The trap of version 1 (RFC 1157 §4.1.6)."""

    tagSet = rfc1157.TrapPDU.tagSet
    componentType = _fields(
        enterprise=univ.ObjectIdentifier(),
        agent=_unlimited(rfc1902.IpAddress),
        generic=univ.Integer(),
        specific=univ.Integer(),
        ticks=_unlimited(rfc1902.TimeTicks),
        values=VarBinds(),
    )


class Pdu(univ.Choice):
    """Any PDU."""

    componentType = _fields(
        **{name: type(name, (_Body,), {"tagSet": kind.tagSet})() for name, kind in _PDUS.items()},
        trap_v1=TrapV1(),
    )


class CommunityMessage(univ.Sequence):
    """A message of version 1 or 2c."""

    componentType = _fields(version=univ.Integer(), community=univ.OctetString(), pdu=Pdu())


class ScopedPdu(univ.Sequence):
    """The inner part of version 3, which may be encrypted (RFC 3412 §6.8)."""

    componentType = _fields(engine_id=univ.OctetString(), context=univ.OctetString(), pdu=Pdu())


class _ScopedData(univ.Choice):
    componentType = _fields(plain=ScopedPdu(), encrypted=univ.OctetString())


class _Header(univ.Sequence):
    componentType = _fields(
        message_id=univ.Integer(),
        max_size=univ.Integer(),
        flags=univ.OctetString(),
        security_model=univ.Integer(),
    )


class Message3(univ.Sequence):
    """A message of version 3 (RFC 3412 §6)."""

    componentType = _fields(
        version=univ.Integer(), header=_Header(), security=univ.OctetString(), data=_ScopedData()
    )


class UsmParameters(univ.Sequence):
    """The security parameters of the user-based model (RFC 3414 §2.4)."""

    componentType = _fields(
        engine_id=univ.OctetString(),
        boots=univ.Integer(),
        time=univ.Integer(),
        user=univ.OctetString(),
        digest=univ.OctetString(),
        salt=univ.OctetString(),
    )
