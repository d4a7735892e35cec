"""Any values put into an inventory written in any style: they read back, the rest stays."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govnet.errors import ConfigError
from inventory.editing.apply import edited
from inventory.editing.put import KEYS, Put
from inventory.parse import parse
from inventory.problems import Problems

texts = st.text("aZ09 _-.:,#[]{}\"'\\/&*!|>%@`ăđươỄ~+=<?\n\t", max_size=12) | st.sampled_from(
    ("no", "null", "2026-10-01", "0012", "+5", "10:20:30:40:50:00", "a: b", "x #y", "2001:db8::1")
)
scalars = texts | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e18, 1e18)
mappings = st.dictionaries(texts.filter(lambda text: "\n" not in text), scalars, max_size=3)
values = scalars | st.lists(scalars, max_size=3) | st.lists(mappings, max_size=2) | mappings
names = st.sampled_from(("a", "b", "c", "d"))
fields = st.sampled_from(("name", "note", "lan", "extra"))
items = st.lists(
    st.fixed_dictionaries({"id": names}, optional={"name": texts, "note": scalars}),
    unique_by=lambda item: item["id"],
    max_size=3,
)
records = st.lists(
    st.fixed_dictionaries(
        {"id": names},
        optional={
            "name": texts,
            "note": values,
            "pcs": scalars | st.none(),
            "devices": items,
            "machines": items | st.none(),
            "contacts": st.lists(mappings, max_size=2),
        },
    ),
    unique_by=lambda record: record["id"],
    max_size=4,
)
inventories = st.fixed_dictionaries(
    {"province": mappings}, optional={"sites": records | st.none(), "carriers": records}
)


@st.composite
def puts(draw: st.DrawFn) -> Put:
    kind = draw(st.sampled_from(("sites", "sites", "carriers")))
    listed = kind == "sites" and draw(st.booleans())
    return Put(
        kind=kind,
        record=draw(names),
        field=draw(fields),
        value=draw(scalars if listed else values),
        items=draw(st.sampled_from(("devices", "machines"))) if listed else "",
        item=draw(names) if listed else "",
    )


class Writer:
    """Writes data as somebody might, with a comment wherever one may stand."""

    def __init__(self, random: Random, line_end: str) -> None:
        self._random = random
        self._line_end = line_end
        self._number = 0
        self._anchors: dict[str, str] = {}

    def file(self, data: dict[str, Any]) -> str:
        lines = [self._comment(""), *self._mapping(data, ""), self._comment("").strip()]
        return self._line_end.join(line.replace("\n", self._line_end) for line in lines)

    def _one_of(self, *ways: Any) -> Any:
        return self._random.choice(ways)

    def _comment(self, indent: str) -> str:
        self._number += 1
        return self._one_of("", f"{indent}# c-{self._number}: [x, *{{y", f"  # c{self._number}")

    def _tail(self, line: str) -> str:
        self._number += 1
        return line + self._one_of("", "", f"   # c-{self._number}: *x")

    def _scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        ways = [json.dumps(value, ensure_ascii=False)]
        if "\n" not in value:
            ways.append("'" + value.replace("'", "''") + "'")
        if re.fullmatch("[ad]{1,3}", value):
            ways.append(value)
        return self._random.choice(ways)

    def _anchor(self, value: Any) -> str:
        """Return an anchor, sometimes; what is written within it may not be an alias of it."""
        self._number += 1
        name = self._one_of(*[""] * 9, f"n{self._number}")
        if name:
            self._anchors[json.dumps(value)] = name
        return f"&{name} " if name else ""

    def _flow(self, value: Any, indent: str) -> str:
        name = self._anchors.get(json.dumps(value))
        if name and self._one_of(True, False):
            return f"*{name} "
        written = self._flow_itself(value, indent)
        return self._anchor(value) + written

    def _flow_itself(self, value: Any, indent: str) -> str:
        if not isinstance(value, dict | list):
            return self._scalar(value)
        if isinstance(value, dict):
            parts = [
                f"{self._scalar(key)}: {self._flow(one, indent)}" for key, one in value.items()
            ]
        else:
            parts = [self._flow(one, indent) for one in value]
        comma = self._one_of(", ", ",   ", " , ", f",\n{indent}    ", f", # x, ]\n{indent}  ")
        end = self._one_of("", "", " ", comma) if parts else ""
        inside = self._one_of("", " ") + comma.join(parts) + end
        return ("{%s}" if isinstance(value, dict) else "[%s]") % inside

    def _mapping(self, value: dict[str, Any], indent: str) -> list[str]:
        lines = []
        for key, one in value.items():
            head = f"{indent}{self._scalar(key)}:{self._one_of('', '', ' ')}"
            if one is None and self._one_of(True, False):
                lines.append(self._tail(head))
            elif not isinstance(one, dict | list) or not one or self._one_of(True, False, False):
                lines.append(self._tail(f"{head} {self._one_of('', ' ')}{self._flow(one, indent)}"))
            else:
                deeper = indent + self._one_of("  ", "    ")
                at = len(lines)
                if isinstance(one, dict):
                    lines += self._mapping(one, deeper)
                else:
                    lines += self._sequence(one, self._one_of(deeper, indent))
                lines.insert(at, self._tail(f"{head} {self._anchor(one)}"))
            lines.append(self._comment(indent))
        return lines

    def _sequence(self, value: list[Any], indent: str) -> list[str]:
        lines = []
        dash = self._one_of("- ", "-   ")
        for one in value:
            if isinstance(one, dict) and one and self._one_of(True, False):
                inner = self._mapping(one, indent + " " * len(dash))
                lines += [f"{indent}{dash}{inner[0].strip(' ')}", *inner[1:]]
            else:
                lines.append(self._tail(indent + dash + self._flow(one, indent)))
            lines.append(self._comment(indent))
        return lines


def plain(data: Any) -> Any:
    """Return what compares strictly: as JSON, whole numbers without a point."""

    def leaf(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: leaf(one) for key, one in value.items()}
        if isinstance(value, list):
            return [leaf(one) for one in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    return json.dumps(leaf(data))


def expected(data: dict[str, Any], wanted: list[Put]) -> dict[str, Any]:
    """Return what the inventory holds after the puts, by the words of their contract."""
    result: dict[str, Any] = json.loads(json.dumps(data))
    for put in wanted:
        if result.get(put.kind) is None:
            result[put.kind] = []
        holder = _found(result[put.kind], "id", put.record)
        if put.items:
            if holder.get(put.items) is None:
                holder[put.items] = []
            holder = _found(holder[put.items], KEYS[put.items], put.item)
        holder[put.field] = put.value
    return result


def _found(listed: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    for one in listed:
        if one[key] == name:
            return one
    listed.append({key: name})
    return listed[-1]


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=inventories,
    wanted=st.lists(puts(), max_size=5),
    seed=st.integers(0, 2**32),
    signs=st.tuples(st.sampled_from(("\n", "\r\n")), st.sampled_from((b"", b"\xef\xbb\xbf"))),
)
def test_what_is_put_reads_back_and_nothing_else_changes(
    tmp_path: Path,
    data: dict[str, Any],
    wanted: list[Put],
    seed: int,
    signs: tuple[str, bytes],
) -> None:
    line_end, bom = signs
    before = bom + Writer(Random(seed), line_end).file(data).encode()
    path = tmp_path / "inventory.yaml"
    path.write_bytes(before)
    problems = Problems()
    assert plain(parse(before, "f", problems)) == plain(data)

    try:
        edits = edited(path, wanted)
    except ConfigError as exc:
        reasons = exc.problems
    else:
        for one in edits:
            one.path.write_bytes(one.after)
        reasons = []
    if reasons:
        assert b"*" in before
        assert [one for one in reasons if "an anchor or alias" not in one] == []
        return

    after = path.read_bytes()
    assert plain(parse(after, "f", problems)) == plain(expected(data, wanted))
    assert problems.lines() == []
    assert edited(path, wanted) == ()
    assert after.startswith(bom)
    touched = {(put.kind, put.record) for put in wanted}
    if all(("\r\n" in before.decode()) for _ in touched) and line_end == "\r\n":
        assert after.count(b"\n") == after.count(b"\r\n")
    assert _is_within(_untouched(before, data, touched), after.splitlines())


def _untouched(content: bytes, data: dict[str, Any], touched: set[tuple[str, str]]) -> list[bytes]:
    """Return the lines that hold nothing of a touched record."""
    lines = content.splitlines()
    top = parse(content, "f", Problems())
    held: set[int] = set()
    for kind, records in data.items():
        for index, record in enumerate(records or ()):
            if (kind, record["id"] if isinstance(record, dict) else "") in touched:
                node = top.nodes[kind][1].value[index]
                held.update(range(node.start_mark.line, node.end_mark.line + 1))
        if any(kind == one for one, _ in touched) and kind in top:
            held.add(top.nodes[kind][0].start_mark.line)
            node = top.nodes[kind][1]
            if node.id == "scalar" or node.flow_style:
                held.update(range(node.start_mark.line, node.end_mark.line + 1))
    return [line for number, line in enumerate(lines) if number not in held]


def _is_within(part: list[bytes], whole: list[bytes]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in part)
