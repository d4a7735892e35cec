"""The pictures that the docs show: each is there, small, and none is left over."""

import re
import struct
import zlib
from pathlib import Path

from tests.e2e.first_day.picture import MOST_BYTES, terminal
from tests.e2e.first_day.png import shrink

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_every_picture_that_is_shown_is_there_and_small():
    shown = {
        page.parent / name
        for page in PAGES
        for name in re.findall(r'[("]((?:docs/)?img/[^)"]+)', page.read_text("utf-8"))
    }

    assert shown == set((ROOT / "docs/img").iterdir())
    assert all(one.stat().st_size < MOST_BYTES for one in shown)


def test_a_picture_of_few_colours_keeps_them_all(tmp_path: Path):
    """Two lines: one as it is, one whose pixels are differences to those before (filter 1)."""
    lines = b"\0" + bytes((250, 0, 0, 0, 250, 0)) + b"\1" + bytes((0, 0, 250, 0, 0, 0))
    file = tmp_path / "a.png"
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )

    shrink(file)

    content = file.read_bytes()
    palette = content[content.index(b"PLTE") + 4 :][:9]
    start = content.index(b"IDAT") + 4
    rows = zlib.decompressobj().decompress(content[start:])
    named = [palette[3 * one : 3 * one + 3] for one in (*rows[1:3], *rows[4:6])]
    assert named == [b"\xfa\0\0", b"\0\xfa\0", b"\0\0\xfa", b"\0\0\xfa"]


def test_a_terminal_shows_text_as_text():
    assert terminal(("govnet x", "<b>một\n")) == (
        "<pre><b>$ govnet x</b>\n&lt;b&gt;m<i>ộ</i>t</pre>"
    )
