"""Remote write 1.0 as bytes: the protobuf messages of Prometheus, and snappy.

`prometheus.WriteRequest` is a list of series, each with labels and samples. Two of its fields are
declared here as bytes, which is the same on the wire: so the labels of a series are encoded once
and used for every request.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import cramjam
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

HEADERS: Final[Mapping[str, str]] = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

Point: TypeAlias = tuple[int, float]
"""Unix ms and value."""

_PACKAGE = "prometheus"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")


def _field(name: str, number: int, kind: int, *, repeated: bool = False) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    return FieldDescriptorProto(name=name, number=number, type=kind, label=label)  # type: ignore[arg-type]  # the stubs want their enum, the library gives ints


def _messages() -> dict[str, Any]:
    """Build the message types; github.com/prometheus/prometheus/prompb has their descriptions."""
    text, raw = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_BYTES
    double, integer = FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_INT64
    message = FieldDescriptorProto.TYPE_MESSAGE
    labels, samples = (
        _field("labels", 1, message, repeated=True),
        _field("samples", 2, message, repeated=True),
    )
    labels.type_name, samples.type_name = f".{_PACKAGE}.Label", f".{_PACKAGE}.Sample"
    file = FileDescriptorProto(
        name="remote_write.proto",
        package=_PACKAGE,
        syntax="proto3",
        message_type=[
            DescriptorProto(
                name="Label", field=[_field("name", 1, text), _field("value", 2, text)]
            ),
            DescriptorProto(
                name="Sample", field=[_field("value", 1, double), _field("timestamp", 2, integer)]
            ),
            DescriptorProto(name="TimeSeries", field=[labels, samples]),
            DescriptorProto(
                name="WriteRequest", field=[_field("timeseries", 1, raw, repeated=True)]
            ),
        ],
    )
    pool = DescriptorPool()
    pool.Add(file)
    names = ("Label", "TimeSeries", "WriteRequest")
    return {
        name: GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names
    }


_TYPES = _messages()


def labels_of(series: bytes) -> list[tuple[str, str]]:
    r"""Return the labels of a series as exposition writes it, its name as `__name__`, sorted.

    The text is `name{label="value",...}` with `\\`, `\"` and `\n` in values.
    """
    name, _, rest = series.decode().partition("{")
    labels = [(label, _unescaped(value)) for label, value in _LABEL.findall(rest)]
    return sorted([("__name__", name), *labels])


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], value)


def encode_labels(series: bytes, job: str) -> bytes:
    """Return a `TimeSeries` with labels only; its samples can be appended."""
    message = _TYPES["TimeSeries"]()
    for name, value in sorted([*labels_of(series), ("job", job)]):
        message.labels.add(name=name, value=value)
    return bytes(message.SerializeToString())


def encode_request(samples: Mapping[bytes, Sequence[Point]]) -> bytes:
    """Return the body of a request; keys come from `encode_labels`, points ascend in time."""
    request = _TYPES["WriteRequest"]()
    for labels, points in samples.items():
        series = _TYPES["TimeSeries"]()
        for at_ms, value in points:
            series.samples.add(timestamp=at_ms, value=value)
        request.timeseries.append(labels + series.SerializeToString())
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def decode_request(body: bytes) -> list[tuple[dict[str, str], list[Point]]]:
    """Return labels and points of every series of a request, as a receiver reads it."""
    request = _TYPES["WriteRequest"].FromString(bytes(cramjam.snappy.decompress_raw(body)))
    found = []
    for raw in request.timeseries:
        series = _TYPES["TimeSeries"].FromString(raw)
        labels = {label.name: label.value for label in series.labels}
        found.append((labels, [(point.timestamp, point.value) for point in series.samples]))
    return found
