"""`govnet inventory import` as an operator uses it."""

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from collector.cli import main
from inventory.editing.apply import edited
from inventory.editing.disk import write
from inventory.editing.put import Put
from inventory.load import load
from tests.workbooks import book, exported, files, make_province, saved

Run = Callable[..., SimpleNamespace]
NEW = (
    ("Mã điểm", "Đơn vị", "Hồ sơ mẫu", "Dải mạng", "Nhà mạng", "Mã kênh"),
    (None, "Xã Cao Minh", "commune-office", "10.19.9.0/24", "Viettel", "VT-9"),
)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return make_province(tmp_path / "province")


@pytest.fixture
def run(top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(rows: Sequence[Sequence[Any]] | bytes, *options: str) -> SimpleNamespace:
        file = tmp_path / "sites.xlsx"
        file.write_bytes(rows if isinstance(rows, bytes) else saved(book(rows)))
        status = main(["inventory", "import", str(file), "--inventory", str(top), *options])
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return command


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_changes_is_shown_and_written_with_yes(run: Run, top: Path):
    done = run(NEW, "--yes")

    assert (0, "") == (done.status, done.err)
    items = "1 đường truyền, 1 thiết bị, 1 số đếm máy"
    assert done.out.splitlines() == [
        f"+ điểm cao-minh: commune, Trụ sở UBND xã Cao Minh; {items}",
        "Tổng cộng: thêm 1 điểm, 1 đường truyền, 1 thiết bị, 1 số đếm máy.",
        f"Sửa trong: {top.parent / 'sites.yaml'}",
        "Đã ghi. Để trung tâm dùng: govnet reload",
    ]
    assert "cao-minh" in load(top).sites


def test_the_same_workbook_again_changes_nothing(run: Run, top: Path):
    run(NEW, "--yes")
    before = files(top.parent)

    again = run(NEW, "--yes")

    assert (0, "Không có gì thay đổi.\n", "") == (again.status, again.out, again.err)
    assert before == files(top.parent)


def test_a_dry_run_writes_nothing(run: Run, top: Path):
    before = files(top.parent)

    shown = run(NEW, "--dry-run")

    assert shown.status == 0
    assert shown.out.endswith("Chạy thử: chưa ghi gì.\n")
    assert before == files(top.parent)


def test_without_a_terminal_it_asks_for_yes_and_writes_nothing(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch
):
    before = files(top.parent)
    monkeypatch.setattr(sys, "stdin", io.StringIO("c\n"))

    refused = run(NEW)

    assert refused.status == 2
    assert (
        refused.err == "--yes: expected where nobody can be asked, got neither it nor a terminal\n"
    )
    assert before == files(top.parent)


@pytest.mark.parametrize(
    ("answer", "status"), [("c\n", 0), ("có\n", 0), ("\n", 1), ("k\n", 1), ("", 1)]
)
def test_on_a_terminal_the_answer_decides(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
):
    before = files(top.parent)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    asked = run(NEW)

    assert status == asked.status
    assert "Ghi các thay đổi này? [c/K] " in asked.out
    assert (status == 0) is (before != files(top.parent))


def test_one_mistake_keeps_everything_from_being_written(run: Run, top: Path):
    before = files(top.parent)

    refused = run([*NEW, ("bang-thanh", "Xã Bộc Bố", None, None, None, None)], "--yes")

    assert (2, "") == (refused.status, refused.out)
    first, _, mistakes = refused.err.partition("\n")
    assert first.startswith("Chưa ghi gì: còn 1 chỗ sai.")
    assert mistakes == (
        'Điểm!B3: cột "Đơn vị": expected a unit of this province, got "Xã Bộc Bố"\n'
    )
    assert before == files(top.parent)


FORMER = """\
  - {id: boc-bo, kind: commune, name: Xã Bộc Bố, code: "01864", parent: tinh, lifecycle: retired}
  - {id: giao-hieu, kind: commune, name: Xã Giáo Hiệu, parent: tinh, lifecycle: retired}
  - {id: thanh-cu, kind: commune, name: Xã Bằng Thành, parent: tinh, lifecycle: retired}
services:
"""


@pytest.fixture
def _merged(top: Path) -> None:
    """Let Bộc Bố be merged into Bằng Thành, and Giáo Hiệu and another Bằng Thành just end."""
    text = top.read_text(encoding="utf-8").replace("services:\n", FORMER)
    own = 'code: "01864", parent: tinh}\n'
    way = "{unit: boc-bo, kind: merged, on: 2025-07-01}"
    text = text.replace(own, f"{own[:-2]}, lineage: [{way}]}}\n", 1)
    top.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("_merged")
@pytest.mark.parametrize(
    "written", ["Bằng Thành", "xa bang thanh", "01864", 1864, "X. Bằng Thanh", "Xã Bằng Thành"]
)
def test_a_unit_found_by_a_name_or_code_that_others_had_is_named(run: Run, written: str | int):
    rows = (("Đơn vị", "Tên điểm", "Loại điểm"), (written, "Cơ sở 2", "Trụ sở cấp xã"))

    done = run(rows, "--dry-run")

    named = "Xã Bằng Thành [bang-thanh]"
    assert f'Điểm!A2: "{written}" được hiểu là {named}\n' == done.err
    assert "+ điểm bang-thanh-2" in done.out


@pytest.mark.usefixtures("_merged")
@pytest.mark.parametrize("written", ["bang-thanh", "Xã Bằng Thành (01864)"])
def test_a_unit_as_the_drop_down_has_it_needs_no_word(run: Run, written: str):
    rows = (("Đơn vị", "Tên điểm", "Loại điểm"), (written, "Cơ sở 2", "Trụ sở cấp xã"))

    assert "" == run(rows, "--dry-run").err


@pytest.mark.usefixtures("_merged")
@pytest.mark.parametrize(
    ("written", "today"),
    [
        ("Xã Bộc Bố", "Xã Bộc Bố [boc-bo] is no more; today Xã Bằng Thành [bang-thanh]"),
        ("giao hieu", "Xã Giáo Hiệu [giao-hieu] is no more"),
    ],
)
def test_a_new_site_of_a_unit_that_ended_is_a_mistake_that_names_the_unit_of_today(
    run: Run, written: str, today: str
):
    rows = (("Đơn vị", "Tên điểm", "Loại điểm"), (written, "Cơ sở 2", "Trụ sở cấp xã"))

    refused = run(rows, "--yes")

    got = f'expected a unit of today, got "{written}" ({today})'
    assert refused.status == 2
    assert refused.err.endswith(f'\nĐiểm!A2: cột "Đơn vị": {got}\n')


@pytest.mark.usefixtures("_merged")
def test_the_unit_of_a_service_is_named_or_refused_as_that_of_a_site(run: Run):
    def services(unit: str) -> bytes:
        rows = [("Mã dịch vụ", "Đơn vị phụ trách"), ("qlvb", unit)]
        return saved(book([("Mã điểm", "Đơn vị")], Dịch_vụ=rows))

    named = run(services("cao minh"), "--dry-run")
    assert 'Dịch vụ!B2: "cao minh" được hiểu là Xã Cao Minh [cao-minh]\n' in named.err
    refused = run(services("Bộc Bố"), "--dry-run")
    assert "expected a unit of today" in refused.err


def test_comments_and_order_of_the_files_stay(run: Run, top: Path):
    run([("Mã điểm", "Mã kênh"), ("bang-thanh", "TSL-700")], "--yes")

    text = (top.parent / "sites.yaml").read_text(encoding="utf-8")
    assert "circuit: TSL-700, pcs: 24}   # đo lại cuối năm\n" in text
    assert "  # Xã đông nhất.\n" in text


def test_rows_and_cells_that_are_missing_delete_nothing(run: Run, top: Path):
    before = files(top.parent)

    done = run([("Mã điểm", "Mã kênh", "Dải mạng"), ("bang-thanh", None, None)], "--yes")

    assert "Không có gì thay đổi.\n" == done.out
    assert before == files(top.parent)


def test_a_template_where_nobody_has_come_to_most_rows_is_taken_in(run: Run, top: Path):
    rows = [
        ("Mã điểm", "Đơn vị", "Tên điểm", "Hồ sơ mẫu", "Dải mạng", "Nhà mạng"),
        ("cao-minh", "Xã Cao Minh", "Trụ sở UBND xã Cao Minh", "commune-office", None, None),
        ("tan-hoi", "tan-hoi", None, "commune-office", "10.19.20.0/24", "VNPT"),
    ]

    done = run(rows, "--yes")

    assert "Điểm: bỏ qua 1 dòng còn nguyên như file mẫu\n" == done.err
    assert {"ttdl", "bang-thanh", "nghien-loan", "tan-hoi"} == set(load(top).sites)


def test_an_export_written_by_one_and_read_by_another_command_changes_nothing(run: Run, top: Path):
    assert "Không có gì thay đổi.\n" == run(exported(top), "--yes").out


def test_a_file_that_is_not_there_is_told(top: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["inventory", "import", "nowhere.xlsx", "--inventory", str(top)]) == 2
    assert "nowhere.xlsx: cannot be read: No such file or directory\n" == capsys.readouterr().err


def test_a_text_that_no_cell_can_hold_comes_back_uncut(run: Run, top: Path):
    put = Put(kind="sites", record="bang-thanh", field="note", value="a" * 40_000)
    write(edited(top, [put]))

    assert "Không có gì thay đổi.\n" == run(exported(top), "--yes").out
