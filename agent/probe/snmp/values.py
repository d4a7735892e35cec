"""What devices say, read by pysnmp without its limits, as values of ours.

pysnmp holds every value to the letter of its type, and one counter that a device sends as a
negative number would cost the whole message. The shapes here are pysnmp's own with the limits taken
off; what a number may be is judged value by value.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from pyasn1.type import base, constraint, namedtype, univ
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto import rfc1902, rfc1905

from agent.probe.snmp.pdu import (
    MAX_VALUE_BYTES,
    Missing,
    NotSnmpError,
    Oid,
    Pdu,
    Value,
    Values,
    oid_text,
)

_MAX_ARCS, _MAX_ARC = 128, (1 << 32) - 1  # RFC 2578 §3.5.
_UNSIGNED_BITS = {
    rfc1902.Counter32.tagSet: 32,
    rfc1902.Gauge32.tagSet: 32,
    rfc1902.TimeTicks.tagSet: 32,
    rfc1902.Counter64.tagSet: 64,
}
_NO_LIMITS = constraint.ConstraintsIntersection()


def be_tolerant(engine: SnmpEngine) -> None:
    """Let the engine read values beyond the limits of their types, in all versions."""
    for model in list(engine.message_processing_subsystems.values()):
        kind = type(model)
        shape = _unlimited(kind.SNMP_MSG_SPEC())
        tolerant = type(kind.__name__, (kind,), {"SNMP_MSG_SPEC": staticmethod(_copy_of(shape))})
        engine.message_processing_subsystems[kind.MESSAGE_PROCESSING_MODEL_ID] = tolerant()


def _copy_of(shape: Any) -> Callable[[], Any]:
    return partial(shape.clone)


def _unlimited(shape: Any) -> Any:
    """Return the shape of the same nature and tags, without limits of its values."""
    if isinstance(shape, base.SimpleAsn1Type):
        return shape.clone(subtypeSpec=_NO_LIMITS)
    if isinstance(shape, univ.SequenceOf):
        return shape.clone(componentType=_unlimited(shape.componentType))
    named = (type(each)(each.name, _unlimited(each.asn1Object)) for each in _members(shape))
    return shape.clone(componentType=namedtype.NamedTypes(*named))


def _members(shape: Any) -> Iterator[Any]:
    """Yield what a shape consists of; a choice within a choice is as good as one, and faster."""
    for each in shape.componentType.namedTypes:
        if isinstance(shape, univ.Choice) and isinstance(each.asn1Object, univ.Choice):
            yield from _members(each.asn1Object)
        else:
            yield each


@contextmanager
def readable() -> Iterator[None]:
    """Raise NotSnmpError for what pysnmp took for a message and cannot be read."""
    try:
        yield
    except NotSnmpError:
        raise
    except Exception as exc:
        # A field that is not there shows only when it is read, by errors of any kind.
        raise NotSnmpError("a message without some field") from exc


def pdu_from(shape: Any) -> Pdu:
    """Return a PDU of version 1 or 2 as ours. Raises NotSnmpError for what SNMP cannot say."""
    with readable():
        return Pdu(
            error_status=_number(shape[1]),
            error_index=_number(shape[2]),
            values=values_from(shape[3]),
        )


def values_from(binds: Any) -> Values:
    """Return OIDs and values. Raises NotSnmpError, and others where it is not `readable`."""
    return tuple((oid_from(bind[0]), _value(bind[1])) for bind in binds)


def oid_from(found: Any) -> Oid:
    """Return an OID as its arcs. Raises as `values_from`."""
    arcs: Oid = tuple(found)
    if len(arcs) > _MAX_ARCS or max(arcs, default=0) > _MAX_ARC:
        raise NotSnmpError("an OID that is none of SNMP")
    return arcs


def _number(found: Any) -> int:
    number = int(found)
    if not -(1 << 31) <= number < 1 << 32:
        raise NotSnmpError("a number that is none of SNMP")
    return number


def _value(found: Any) -> Value | Missing:
    while isinstance(found, univ.Choice):
        found = found.getComponent()
    bits = _UNSIGNED_BITS.get(found.tagSet)
    if bits is not None:
        # Some devices forget the zero byte before a high bit: the number arrives negative.
        number = int(found)
        return number % (1 << bits) if -(1 << bits) <= number < 1 << bits else Missing.NOT_THERE
    if isinstance(found, univ.Integer):
        number = int(found)
        return number if -(1 << 63) <= number < 1 << 63 else Missing.NOT_THERE
    if isinstance(found, univ.ObjectIdentifier):
        return oid_text(oid_from(found))
    if isinstance(found, rfc1905.EndOfMibView):
        return Missing.END
    if isinstance(found, univ.Null):
        return Missing.NOT_THERE
    return bytes(found.asOctets()[:MAX_VALUE_BYTES])
