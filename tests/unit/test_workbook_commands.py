"""`govnet inventory template` and `export`: what is written, and what is refused."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from collector.cli import main


def test_template_says_what_it_wrote_and_what_is_missing(
    small_inventory_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In Vietnamese, with the command that comes next."""
    file = tmp_path / "diem.xlsx"

    status = main(["inventory", "template", str(file), "--inventory", str(small_inventory_file)])

    said = capsys.readouterr().out
    assert status == 0
    assert f"Đã ghi {file}" in said
    assert "dòng ở tờ Điểm" in said
    assert "Số điểm còn thiếu" in said
    assert f"govnet inventory import {file}" in said
    assert "Điểm" in load_workbook(file).sheetnames


def test_export_has_every_item(small_inventory_file: Path, tmp_path: Path) -> None:
    """The router of the one commune, with its address written out."""
    file = tmp_path / "tat-ca.xlsx"

    assert main(["inventory", "export", str(file), "--inventory", str(small_inventory_file)]) == 0

    made = load_workbook(file)["Thiết bị"]
    assert [cell.value for cell in made["B"]][1:] == ["cpe"]


def test_a_file_that_is_there_is_overwritten_only_by_force(
    small_inventory_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may hold what somebody typed for days."""
    file = tmp_path / "diem.xlsx"
    file.write_bytes(b"filled in")
    command = ["inventory", "template", str(file), "--inventory", str(small_inventory_file)]

    assert main(command) == 2
    assert "--force" in capsys.readouterr().err
    assert file.read_bytes() == b"filled in"
    assert main([*command, "--force"]) == 0
    assert file.read_bytes().startswith(b"PK")
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".new")] == []


def test_a_name_that_excel_does_not_open_is_refused(
    small_inventory_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ending decides with what a double click opens it."""
    assert main(["inventory", "export", "diem.xls", "--inventory", str(small_inventory_file)]) == 2
    assert "sites.xlsx" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_told_in_one_line(
    small_inventory_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback."""
    file = tmp_path / "nope" / "diem.xlsx"

    assert main(["inventory", "export", str(file), "--inventory", str(small_inventory_file)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
