import gzip
import tracemalloc

import pytest

from collector.intake.inflate import MAX_MEMBERS, inflate
from govnet.errors import WireError


@pytest.mark.parametrize("encoding", ["", "gzip", "x-gzip", "identity"])
def test_gzip_is_read_however_it_is_announced(encoding: str):
    assert inflate(gzip.compress(b"abc"), encoding, 10) == b"abc"


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_plain_bytes_are_read_as_they_are(encoding: str):
    assert inflate(b'{"v":1}', encoding, 10) == b'{"v":1}'


def test_members_in_a_row_are_one_body():
    body = gzip.compress(b"abc") + gzip.compress(b"") + gzip.compress(b"def")

    assert inflate(body, "gzip", 6) == b"abcdef"


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (b"{}", "br", "unsupported_media_type"),
        (b"{}", "gzip", "bad_gzip"),
        (b"", "gzip", "bad_gzip"),
        (gzip.compress(b"abc", mtime=0)[:-1], "gzip", "bad_gzip"),
        (gzip.compress(b"abc", mtime=0) + b"rest", "gzip", "bad_gzip"),
        (gzip.compress(b"a", mtime=0) * (MAX_MEMBERS + 1), "gzip", "bad_gzip"),
        (b"x" * 1001, "", "decompressed_too_large"),
        (gzip.compress(b"x" * 1001, mtime=0), "gzip", "decompressed_too_large"),
        (gzip.compress(b"x" * 501, mtime=0) * 2, "gzip", "decompressed_too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(body: bytes, encoding: str, reason: str):
    with pytest.raises(WireError) as caught:
        inflate(body, encoding, 1000)

    assert caught.value.reason == reason


def test_wrong_checksum_is_refused():
    body = bytearray(gzip.compress(b"abc"))
    body[-6] ^= 1

    with pytest.raises(WireError) as caught:
        inflate(bytes(body), "gzip", 1000)

    assert caught.value.reason == "bad_gzip"


def test_a_bomb_is_refused_without_being_unpacked():
    bomb = gzip.compress(bytes(64 << 20))
    tracemalloc.start()

    with pytest.raises(WireError):
        inflate(bomb, "gzip", 1 << 20)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
