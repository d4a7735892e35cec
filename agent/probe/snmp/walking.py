"""Reading whole columns of a table: what to ask next, and what an answer adds. Pure.

The columns of one table travel together; each goes on from its own last row and ends by itself, so
holes and columns of different lengths do no harm.
"""

from collections.abc import Sequence

from agent.probe.snmp.pdu import TOO_BIG, Missing, Oid, Pdu, Question, Value, error_name, oid_text
from agent.probe.trace import Trace
from govnet.errors import CheckError

_CELL_BYTES = 50  # What a value costs beside its text.
_WIDEST = 10  # Columns in one question.
_VALUES_WANTED = 40
"""Values in one answer: about 1,000 bytes, so that it travels in one packet (RFC 3417 §3.2 asks
for 484 bytes only, and a lost fragment loses all)."""


class Room:
    """How much one walk over one or several tables may still keep, in bytes of values."""

    __slots__ = ("_left", "_whole")

    def __init__(self, whole_bytes: int) -> None:
        self._whole = whole_bytes
        self._left = whole_bytes

    def take(self, value: Value) -> None:
        """Make room for a value. Raises CheckError when there is none."""
        self._left -= _CELL_BYTES + (len(value) if isinstance(value, bytes | str) else 0)
        if self._left < 0:
            raise CheckError(f"more than {self._whole >> 20} MiB of values")


class _Column:
    """One column: how far it is read, and what it holds."""

    __slots__ = ("ended", "last", "prefix", "rows")

    def __init__(self, prefix: Oid) -> None:
        self.prefix = prefix
        self.last = prefix
        self.rows: dict[str, Value] = {}
        self.ended = False


class TableWalk:
    """The walk over some columns of one table."""

    def __init__(
        self, columns: Sequence[Oid], *, bulk: bool, max_rows: int, room: Room, trace: Trace
    ) -> None:
        self._columns = [_Column(prefix) for prefix in columns]
        self._bulk = bulk
        self._max_rows = max_rows
        self._room = room
        self._trace = trace
        self._width = _WIDEST
        self._repetitions = _VALUES_WANTED
        self._asked: list[_Column] = []

    @property
    def done(self) -> bool:
        """Whether every column has ended."""
        return all(column.ended for column in self._columns)

    def rows(self) -> dict[Oid, dict[str, Value]]:
        """Return what was read: for each column its values by index."""
        return {column.prefix: column.rows for column in self._columns}

    def question(self) -> Question:
        """Return what to ask next."""
        self._asked = [column for column in self._columns if not column.ended][: self._width]
        oids = [column.last for column in self._asked]
        if not self._bulk:
            return Question("get_next", oids)
        rows = max(1, min(self._repetitions, _VALUES_WANTED // len(oids)))
        return Question("get_bulk", oids, rows)

    def take(self, answer: Pdu) -> None:
        """Add an answer to the question that was made last.

        Raises CheckError for a column that goes in a circle or has too many rows, and for an
        answer without values. A column out of order, as some devices have it, is read to its end.
        """
        if answer.error_status:
            self._take_error(answer)
            return
        if not answer.values:
            raise CheckError("an answer without values")
        for position, (oid, value) in enumerate(answer.values):
            self._take_value(self._asked[position % len(self._asked)], oid, value)

    def _take_value(self, column: _Column, oid: Oid, value: Value | Missing) -> None:
        length = len(column.prefix)
        if column.ended:
            return
        if value is Missing.END or oid[:length] != column.prefix or len(oid) == length:
            column.ended = True
            return
        index = oid_text(oid[length:])
        # ZTE and BDCOM list forwarding tables as they hash them: going back is no circle yet.
        if (
            oid == column.last
            or index in column.rows
            or (oid < column.last and isinstance(value, Missing))
        ):
            raise CheckError(
                f"the walk over {oid_text(column.prefix)} does not advance:"
                f" {oid_text(column.last)[-80:]} is followed by {oid_text(oid)[-80:]}"
            )
        column.last = oid
        if isinstance(value, Missing):
            return
        self._room.take(value)
        column.rows[index] = value
        if len(column.rows) > self._max_rows:
            raise CheckError(f"{oid_text(column.prefix)} has more than {self._max_rows} rows")

    def _take_error(self, answer: Pdu) -> None:
        """Ask for less after tooBig; any other error ends the column that it names.

        Version 1 ends a walk in no other way (noSuchName), and a column that fails must not cost
        the others.
        """
        name = error_name(answer.error_status)
        too_big = answer.error_status == TOO_BIG
        if too_big and self._repetitions > 1 and self._bulk:
            self._repetitions = min(self._repetitions, _VALUES_WANTED // len(self._asked)) // 2 or 1
            self._trace(f"{name}; asking for fewer rows at once")
        elif not too_big and 1 <= answer.error_index <= len(self._asked):
            column = self._asked[answer.error_index - 1]
            column.ended = True
            self._trace(f"{name}: column {oid_text(column.prefix)} ends")
        elif len(self._asked) > 1:
            self._width = len(self._asked) // 2
            self._trace(f"{name}; asking for fewer columns at once")
        else:
            self._asked[0].ended = True
            self._trace(f"{name}: column {oid_text(self._asked[0].prefix)} ends")
