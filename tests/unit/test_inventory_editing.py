"""Values put into the inventory's files: where they are written, and what stays as it was."""

import threading
from datetime import date
from pathlib import Path

import pytest

from govnet.errors import ConfigError
from inventory.editing.apply import checked, contents, edited
from inventory.editing.disk import _locked, write
from inventory.editing.put import Plain, Put
from inventory.load import load_or_problems
from inventory.problems import Problems

HEAD = """\
# Tỉnh
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: c}
units: [{id: u, name: Đơn vị, kind: agency}]
carriers: [{id: vnpt, name: VNPT}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
  sites:
    - id: office
      kind: agency
      links: [{id: main, technology: fiber, carrier: vnpt, far_end: {site: c}}]
      devices: [{id: cpe, kind: cpe, address: "+1"}, {id: "cam-[1-3]", kind: camera}]
      machine_counts: [{profile: pc, count: 40, as_of: 2026-10-01, source: Kiểm kê}]
"""


def put(field: str, value: Plain, *, of: str = "sites/c", item: str = "") -> Put:
    kind, record = of.split("/")
    items, _, key = item.partition("/")
    return Put(kind=kind, record=record, field=field, value=value, items=items, item=key)


def after(folder: Path, text: str, *puts: Put) -> str:
    """Return what the file holds after the puts, which change nothing a second time."""
    path = folder / "inventory.yaml"
    path.write_bytes(text.encode())
    write(edited(path, puts))
    assert edited(path, puts) == ()
    return path.read_bytes().decode()


def mistakes(folder: Path, text: str, *puts: Put) -> list[str]:
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        edited(path, puts)
    return [line.replace(f"{path.as_posix()}:", "") for line in caught.value.problems]


FLOW = "sites:  # điểm\n  - {id: c,  unit: u, name: Một, pcs: 7}  # giữ\n  # cuối\n"
BLOCK = """\
sites:
- id:   c      # cột
  name: 'Một'
  devices:
    - {id: ups, kind: ups}   # mới

    - id: in
      kind: printer
  # hết
# sau
"""


@pytest.mark.parametrize(
    ("before", "puts", "expected"),
    [
        (FLOW, [put("pcs", 7.0)], FLOW),
        (FLOW, [put("pcs", 12)], FLOW.replace("7", "12")),
        (FLOW, [put("note", "a, b")], FLOW.replace("7}", '7, note: "a, b"}')),
        (FLOW, [put("code", "12")], FLOW.replace("7}", '7, code: "12"}')),
        (FLOW, [put("code", "no")], FLOW.replace("7}", "7, code: no}")),
        (
            FLOW,
            [put("pcs", {"count": 9, "as_of": date(2026, 11, 1), "source": "Đếm"})],
            FLOW.replace("7", "{count: 9, as_of: 2026-11-01, source: Đếm}"),
        ),
        (
            FLOW,
            [put("address", "+5", item="devices/ups"), put("kind", "ups", item="devices/ups")],
            FLOW.replace("7}", '7, devices: [{id: ups, address: "+5", kind: ups}]}'),
        ),
        (
            FLOW,
            [put("unit", "u", of="sites/m"), put("name", "Hai", of="sites/m")],
            FLOW.replace("# giữ\n", "# giữ\n  - {id: m, unit: u, name: Hai}\n"),
        ),
        (BLOCK, [put("name", "Hai")], BLOCK.replace("Một", "Hai")),
        (BLOCK, [put("name", "It's")], BLOCK.replace("Một", "It''s")),
        (
            BLOCK,
            [put("address", "+6", item="devices/ups")],
            BLOCK.replace("ups}", 'ups, address: "+6"}'),
        ),
        (
            BLOCK,
            [put("omit", value=True, item="devices/cpe"), put("note", "x")],
            BLOCK.replace("printer\n", "printer\n    - id: cpe\n      omit: true\n  note: x\n"),
        ),
        (
            BLOCK,
            [put("networks", ["198.18.1.0/24", "2001:db8::/64"])],
            BLOCK.replace("printer\n", 'printer\n  networks: [198.18.1.0/24, "2001:db8::/64"]\n'),
        ),
        (
            BLOCK,
            [put("count", 3, item="device_counts/camera"), put("unit", "u", of="sites/m")],
            BLOCK.replace(
                "printer\n",
                "printer\n  device_counts:\n    - {kind: camera, count: 3}\n- id: m\n  unit: u\n",
            ),
        ),
        (
            BLOCK,
            [put("devices", [{"id": "sw", "kind": "switch"}])],
            BLOCK[: BLOCK.index("    - {")] + "    - {id: sw, kind: switch}\n  # hết\n# sau\n",
        ),
        (
            BLOCK.replace("    - {id: ups, kind: ups}   # mới\n\n", "")
            .replace("    - id: in\n      kind: printer\n", "")
            .replace("devices:", "devices:  # chưa có"),
            [put("kind", "ups", item="devices/ups")],
            BLOCK[: BLOCK.index("    - {")].replace("devices:", "devices:  # chưa có")
            + "    - {id: ups, kind: ups}\n  # hết\n# sau\n",
        ),
        ("sites: []\n", [put("unit", "u")], "sites:\n  - {id: c, unit: u}\n"),
        ("sites: # có\n# x\n", [put("unit", "u")], "sites: # có\n  - {id: c, unit: u}\n# x\n"),
        ("# x", [put("unit", "u")], "\nsites:\n  - {id: c, unit: u}\n# x"),
        (
            "sites: [{id: c, name: , code: A1},\n ]",
            [put("name", "Một"), put("unit", "u", of="sites/m")],
            "sites: [{id: c, name: Một, code: A1}, {id: m, unit: u},\n ]",
        ),
        (
            "sites:\n  - id: c\n    name:\n    note: |\n      # một\n\n      hai\n",
            [put("name", "Hai"), put("lan", "none")],
            (
                "sites:\n  - id: c\n    name: Hai\n    note: |\n      # một\n\n      hai\n"
                "    lan: none\n"
            ),
        ),
    ],
)
def test_only_what_is_put_changes(
    tmp_path: Path, before: str, puts: list[Put], expected: str
) -> None:
    assert HEAD + expected == after(tmp_path, HEAD + before, *puts)


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    before = "\ufeff" + (HEAD + BLOCK).replace("\n", "\r\n")
    expected = before.replace("printer\r\n", "printer\r\n  lan: none\r\n")

    assert expected == after(tmp_path, before, put("lan", "none"))


def test_an_empty_included_file_gets_its_first_list(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(HEAD + "include: [a.yaml]\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("# trống", encoding="utf-8")
    new_in = {"sites": tmp_path / "a.yaml"}

    edits = edited(tmp_path / "inventory.yaml", [put("unit", "u")], new_in=new_in)

    expected = "# trống\nsites:\n  - {id: c, unit: u}\n"
    assert [("a.yaml", expected)] == [(one.path.name, one.after.decode()) for one in edits]


@pytest.mark.parametrize(
    ("text", "one", "expected"),
    [
        (
            'sites:\n  - {id: c, devices: [{id: "pc-[01-54]", kind: kiosk}]}\n',
            put("mac", "x", item="devices/pc-07"),
            (
                '14:23: sites[c].devices["pc-[01-54]"]: expected an item of its own to '
                'change, got a range that holds it (write "pc-07" as an item of its own and '
                "shorten the range by hand)"
            ),
        ),
        (
            "sites:\n  - {id: c, profile: office}\n",
            put("mac", "x", item="devices/cam-2"),
            (
                '11:54: profiles.sites[office].devices["cam-[1-3]"]: expected an item '
                'of its own to change, got a range that holds it (write "cam-2" as an item of its '
                "own and shorten the range by hand)"
            ),
        ),
        (
            "sites:\n  - {id: c, devices: &d [{id: a}]}\n  - {id: e, devices: *d}\n",
            put("mac", "x", item="devices/a", of="sites/e"),
            (
                '15:13: sites[e]: expected "devices" written out to change it, got an '
                "anchor or alias (write it out by hand in place of the alias)"
            ),
        ),
        (
            "sites:\n  - {id: c, contacts: [&x a]}\n  - {id: e, note: *x}\n",
            put("contacts", "b"),
            (
                '14:13: sites[c]: expected "contacts" written out to change it, got an '
                "anchor or alias (write it out by hand in place of the alias)"
            ),
        ),
        (
            "sites:\n  - {id: c}\n  - {id: c}\n",
            put("note", "x"),
            (
                '15:5: sites[c]: expected one record to change, got "c" again (first '
                "in 14; remove one of them)"
            ),
        ),
        (
            "sites:\n  - {id: c, devices: [{id: a, omit: true}]}\n",
            put("mac", "x", item="devices/a"),
            (
                '14:22: sites[c].devices: expected an item in use, got "a" with omit: '
                "true (remove its omit by hand first)"
            ),
        ),
        (
            "sites:\n  - {id: c, assignments: [{unit: u, valid_from: 2026-01-01}]}\n",
            put("unit", "v"),
            (
                "14:26: sites[c].assignments: expected a site with unit, got one with "
                "assignments (write the new assignment and its first day by hand)"
            ),
        ),
        (
            "sites:\n  - ? id\n    : c\n  - {id: e}\n",
            put("note", "x"),
            (
                "14:5: sites[c]: expected a style that can be changed in its place, got another "
                "(change it by hand)"
            ),
        ),
        (
            "sites:\n  - {id: c}\n",
            put("note", "a\u202eb"),
            ("14:19: sites[c].note: expected text that can be read, got the character U+202E"),
        ),
    ],
)
def test_what_cannot_be_put_is_told_at_its_place(
    tmp_path: Path, text: str, one: Put, expected: str
) -> None:
    right = put("name", "Tên", of="carriers/vnpt")
    assert [expected] == mistakes(tmp_path, HEAD + text, one, right)


def test_a_new_record_goes_only_into_a_file_of_the_inventory(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD, encoding="utf-8")

    with pytest.raises(ConfigError, match="expected a file of the inventory"):
        edited(path, [put("unit", "u")], new_in={"sites": tmp_path / "b.yaml"})


def test_mistakes_in_new_values_have_the_path_of_the_field(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + "sites:\n  - {id: c, unit: u, name: Một, profile: office}\n", "utf-8")
    good = edited(path, [put("networks", ["198.18.1.0/24"])])
    bad = edited(path, [put("networks", ["198.18.1.0/24"]), put("lan", "nowhere")])

    assert ("198.18.1.0/24",) == checked(path, good).sites["c"].networks
    found = load_or_problems(path, contents(bad))
    assert isinstance(found, Problems)
    assert ["sites[c].lan"] == [one.spot.path for one in found.found()]


def test_nothing_is_written_where_a_file_changed_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + FLOW, encoding="utf-8")
    edits = edited(path, [put("pcs", 12)])
    path.write_text(HEAD + FLOW + "# một người khác\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="changed since"):
        write(edits)

    assert path.read_text(encoding="utf-8").endswith("# một người khác\n")
    assert ["inventory.yaml"] == [one.name for one in tmp_path.iterdir()]


def test_a_written_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(HEAD + FLOW, encoding="utf-8")
    real.chmod(0o640)
    (tmp_path / "inventory.yaml").symlink_to("real.yaml")

    write(edited(tmp_path / "inventory.yaml", [put("pcs", 12)]))

    assert "pcs: 12" in real.read_text(encoding="utf-8")
    assert 0o640 == real.stat().st_mode & 0o7777
    assert (tmp_path / "inventory.yaml").is_symlink()


def test_no_file_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + "include: [a.yaml]\n" + FLOW, encoding="utf-8")
    (tmp_path / "a.yaml").write_text("clusters:\n  - {id: a, name: A}\n", encoding="utf-8")
    edits = edited(path, [put("pcs", 12), put("name", "B", of="clusters/a")])
    (tmp_path / "a.yaml.new").mkdir()

    with pytest.raises(ConfigError, match="a file that can be written"):
        write(edits)

    assert [one.before for one in edits] == [one.path.read_bytes() for one in edits]
    assert 2 == len(edits)
    assert not (tmp_path / "inventory.yaml.new").exists()


def test_of_two_that_write_at_once_the_second_finds_what_the_first_wrote(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + FLOW, encoding="utf-8")
    mine, theirs = (edited(path, [put("pcs", number)]) for number in (12, 13))
    refused: list[ConfigError] = []

    def late() -> None:
        try:
            write(theirs)
        except ConfigError as exc:
            refused.append(exc)

    with _locked(tmp_path):
        other = threading.Thread(target=late)
        other.start()
        other.join(0.2)
        is_waiting = other.is_alive()
        path.write_bytes(mine[0].after)
    other.join()

    assert is_waiting
    assert ["changed since" in str(one) for one in refused] == [True]
    assert mine[0].after == path.read_bytes()


def test_ctrl_c_while_files_take_their_places_leaves_all_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + "include: [a.yaml]\n" + FLOW, encoding="utf-8")
    (tmp_path / "a.yaml").write_text("clusters:\n  - {id: a, name: A}\n", encoding="utf-8")
    edits = edited(path, [put("pcs", 12), put("name", "B", of="clusters/a")])
    replace, done = Path.replace, []

    def interrupted(self: Path, target: Path) -> Path:
        done.append(target)
        if len(done) == 2:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(edits)

    assert [one.before for one in edits] == [one.path.read_bytes() for one in edits]
    assert ["a.yaml", "inventory.yaml"] == sorted(one.name for one in tmp_path.iterdir())
