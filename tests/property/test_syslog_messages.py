"""Whatever is logged, a message keeps the grammar of RFC 5424 and can be read back."""

import logging
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.logs.lines import JsonLines, TextLines
from collector.logs.rfc5424 import MAX_BYTES, MAX_UDP_BYTES, Rfc5424, framed

SD_NAME = r"[!#-<>-\\^-~]{1,32}"
PARAM = rf'({SD_NAME})="((?:[^"\\\]]|\\["\\\]]|\\(?!["\\\]]))*)"'
MESSAGE = re.compile(
    r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48})"
    rf" ([!-~]{{1,128}}) ([!-~]{{1,32}}) ((?:\[{SD_NAME}(?: {PARAM})+\])+) \ufeff([^\x00-\x1f]*)"
)
TEXT = st.text(st.characters(), max_size=400)
NAMES = st.text(max_size=60).filter(lambda name: name not in vars(logging.makeLogRecord({})))
VALUES = st.one_of(TEXT, st.floats(), st.integers(), st.none(), st.binary(max_size=40))
LEVELS = st.integers(0, 60)


def record(event: str, level: int, logger: str, fields: dict[str, Any]) -> logging.LogRecord:
    made = logging.LogRecord(logger, level, "file", 1, event, None, None)
    vars(made).update(fields)
    return made


@given(TEXT, LEVELS, TEXT, st.dictionaries(NAMES, VALUES, max_size=30))
def test_every_message_has_the_grammar_of_rfc_5424(
    event: str, level: int, logger: str, fields: dict[str, Any]
):
    for most in (MAX_BYTES, MAX_UDP_BYTES):
        made = Rfc5424(32473, max_bytes=most).message(record(event, level, logger, fields))

        assert len(made) <= most
        found = MESSAGE.fullmatch(made.decode())
        assert found is not None
        assert int(found[1]) in {26, 27, 28, 30, 31}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=250))
def test_a_value_is_read_back_as_it_was(value: str):
    made = Rfc5424(32473).message(record("x", 20, "l", {"key": value})).decode()
    (said,) = re.findall(r'\[govnet@32473 key="((?:[^"\\\]]|\\.)*)"\]', made)

    assert re.sub(r'\\(["\\\]])', r"\1", said) == value


@given(st.lists(st.binary(max_size=300)))
def test_messages_of_a_stream_are_told_apart(messages: list[bytes]):
    stream, found = b"".join(map(framed, messages)), []
    while stream:
        length, _, stream = stream.partition(b" ")
        found.append(stream[: int(length)])
        stream = stream[int(length) :]

    assert found == messages


@given(TEXT, st.dictionaries(NAMES, VALUES, max_size=5))
def test_an_event_is_one_line_whatever_it_holds(event: str, fields: dict[str, Any]):
    made = record(event, 20, "collector", fields)

    assert len(JsonLines({}).format(made).splitlines()) == 1
    assert len(TextLines({}).format(made).splitlines()) == 1
