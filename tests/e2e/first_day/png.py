"""PNG files with a palette (PNG specification, ISO/IEC 15948): a third of the bytes."""

import struct
import zlib
from collections import Counter
from itertools import accumulate
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
"""Bytes of a pixel by colour type, 8 bits each: red, green, blue; with alpha."""
_SUB, _UP, _AVERAGE = 1, 2, 3
"""Filters of a line; the fourth is Paeth's."""
_COLOURS = 64
_STEP = 8
"""Colours that are the same in this many levels become one."""
Colour = tuple[int, int, int]


def shrink(file: Path) -> None:
    """Write a picture of Chromium's again with at most 64 colours."""
    width, pixels = _read(file.read_bytes())
    alike: dict[Colour, Counter[Colour]] = {}
    for colour, count in Counter(pixels).items():
        alike.setdefault(_rough(colour), Counter())[colour] = count
    # A small green tick counts for more than one more grey of the letters' edges.
    often = sorted(alike, key=lambda one: -alike[one].total() * (1 + max(one) - min(one)))
    palette = [alike[one].most_common(1)[0][0] for one in often[:_COLOURS]]
    index = {one: number for number, one in enumerate(often[:_COLOURS])}
    for one in often[_COLOURS:]:
        index[one] = min(range(_COLOURS), key=lambda number: _distance(palette[number], one))
    number_of = {colour: index[_rough(colour)] for colour in set(pixels)}
    rows = bytes(map(number_of.__getitem__, pixels))
    lines = b"".join(b"\0" + rows[start : start + width] for start in range(0, len(rows), width))
    header = struct.pack(">IIBBBBB", width, len(pixels) // width, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(level for colour in palette for level in colour)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    file.write_bytes(_SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks))


def _rough(colour: Colour) -> Colour:
    red, green, blue = colour
    return red // _STEP * _STEP, green // _STEP * _STEP, blue // _STEP * _STEP


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _read(content: bytes) -> tuple[int, list[Colour]]:
    """Return the width and the colours of a picture of 8 bits a channel that is not interlaced."""
    data, at = b"", len(_SIGNATURE)
    width = height = size = 0
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"IHDR":
            width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (bits, interlaced) == (8, 0)
            size = _CHANNELS[kind]
        elif name == b"IDAT":
            data += body
    lines, stride = zlib.decompress(data), width * size + 1
    above = bytearray(width * size)
    pixels: list[Colour] = []
    for number in range(height):
        line = bytearray(lines[number * stride + 1 : (number + 1) * stride])
        _unfilter(lines[number * stride], line, above, size)
        pixels += zip(line[0::size], line[1::size], line[2::size], strict=True)
        above = line
    return width, pixels


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    """Undo the filter of one line in place (clause 9 of the specification)."""
    if kind == _SUB:
        for channel in range(size):
            levels = accumulate(line[channel::size])
            line[channel::size] = bytes(level & 0xFF for level in levels)
    elif kind == _UP:
        line[:] = bytes((one + up) & 0xFF for one, up in zip(line, above, strict=True))
    elif kind:
        for at, up in enumerate(above):
            left = line[at - size] if at >= size else 0
            corner = above[at - size] if at >= size else 0
            guess = (left + up) // 2 if kind == _AVERAGE else _paeth(left, up, corner)
            line[at] = (line[at] + guess) & 0xFF


def _paeth(left: int, up: int, corner: int) -> int:
    middle = left + up - corner
    return min(left, up, corner, key=lambda one: abs(middle - one))
