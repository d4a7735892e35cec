"""Files that are no workbooks, or would cost a reader without end, are refused in one line."""

import io
import time
import zipfile

import pytest

from govnet.errors import ConfigError
from inventory.workbook.reading.package import (
    MAX_FILE_BYTES,
    MAX_SHEETS_BYTES,
    MAX_UNPACKED_BYTES,
    Fault,
    read_grids,
)
from tests.workbooks import book, saved

PLAIN = [("Mã điểm", "Số máy"), ("bang-thanh", "=10+15")]


def refused(content: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read_grids(content, "a.xlsx")
    (line,) = caught.value.problems
    return line


def rezipped(parts: dict[str, bytes], old: bytes = b"") -> bytes:
    """Return an archive of the parts, and of the others of an old one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        if old:
            with zipfile.ZipFile(io.BytesIO(old)) as before:
                for name in before.namelist():
                    if name not in parts:
                        archive.writestr(name, before.read(name))
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def with_sheet(find: bytes, put: bytes) -> bytes:
    """Return the plain workbook with a piece of its sheet's XML replaced."""
    old = saved(book(PLAIN))
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(old)) as archive:
        xml = archive.read(name)
    assert find in xml
    return rezipped({name: xml.replace(find, put)}, old)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "an empty file"),
        (OLE + bytes(500), "a file of Excel 97-2003 (.xls)"),
        (OLE + bytes(100) + "EncryptedPackage".encode("utf-16-le"), "one with a password"),
        ("Mã điểm;Đơn vị\n".encode(), "text (.csv or a page saved as .xls)"),
        (b"%PDF-1.7", "a PDF"),
        (bytes(range(9)), "something else"),
        (
            rezipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "a document of LibreOffice (.ods)",
        ),
        (rezipped({"xl/workbook.bin": b""}), "a binary workbook (.xlsb)"),
        (rezipped({"word/document.xml": b""}), "another kind of document"),
        (b"P" * (MAX_FILE_BYTES + 1), f"more than {MAX_FILE_BYTES:,} bytes"),
    ],
    ids=["empty", "xls", "password", "csv", "pdf", "bytes", "ods", "xlsb", "docx", "large"],
)
def test_another_kind_of_file_is_named_with_what_to_do(content: bytes, got: str):
    line = refused(content)

    assert line.startswith(f"a.xlsx: expected an Excel workbook (.xlsx), got {got} (")


def test_an_archive_that_unpacks_to_far_more_is_refused_unread():
    bomb = rezipped({"xl/media/a.bin": bytes(MAX_UNPACKED_BYTES)}, saved(book(PLAIN)))
    cells = rezipped({"xl/worksheets/sheet9.xml": b" " * MAX_SHEETS_BYTES}, saved(book(PLAIN)))

    assert "unpacks to more than" in refused(bomb)
    assert "bytes of cells" in refused(cells)


def test_a_whole_sheet_merged_into_one_cell_is_refused():
    content = with_sheet(
        b"</sheetData>",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    )

    assert "merged cells" in refused(content)


def test_entities_are_refused():
    content = with_sheet(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet')

    assert "XML with declarations of its own" in refused(content)


def test_a_sheet_of_xml_is_measured_under_any_name():
    old = saved(book(PLAIN))
    with zipfile.ZipFile(io.BytesIO(old)) as archive:
        types = archive.read("[Content_Types].xml")
        links = archive.read("xl/_rels/workbook.xml.rels")
    content = rezipped(
        {
            "[Content_Types].xml": types.replace(b"sheet1.xml", b"sheet1.png"),
            "xl/_rels/workbook.xml.rels": links.replace(b"sheet1.xml", b"sheet1.png"),
            "xl/worksheets/sheet1.png": b" " * 100 + b"<worksheet>" + b" " * MAX_SHEETS_BYTES,
        },
        old,
    )

    assert "bytes of cells" in refused(content)


def test_tens_of_thousands_of_merged_areas_are_refused():
    areas = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (row, row) for row in range(3, 20_010))
    content = with_sheet(b"</sheetData>", b"</sheetData><mergeCells>" + areas + b"</mergeCells>")

    assert "merged cells" in refused(content)


def test_a_long_formula_filled_down_thousands_of_rows_is_refused():
    uses = b"".join(
        b'<row r="%d"><c r="A%d"><f t="shared" si="0"/><v>1</v></c></row>' % (row, row)
        for row in range(4, 4_000)
    )
    first = b'<row r="3"><c r="A3"><f t="shared" ref="A3:A4000" si="0">'
    long = b"+".join([b"A1"] * 2_700) + b"</f><v>1</v></c></row>"

    assert "long formulas" in refused(
        with_sheet(b"</sheetData>", first + long + uses + b"</sheetData>")
    )


def test_a_workbook_without_a_sheet_of_cells_is_refused():
    old = saved(book(PLAIN))
    with zipfile.ZipFile(io.BytesIO(old)) as archive:
        links = archive.read("xl/_rels/workbook.xml.rels")
    away = links.replace(b'Target="/xl/worksheets/sheet1.xml"', b'Target="/xl/none.xml"')

    assert "one without sheets" in refused(rezipped({"xl/_rels/workbook.xml.rels": away}, old))


def test_a_stray_cell_in_the_last_row_and_column_costs_nothing():
    content = with_sheet(
        b"</sheetData>",
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>',
    )
    started_at = time.thread_time()

    (grid,) = read_grids(content, "a.xlsx")

    assert grid.cells[1048576, 16384] == "x"
    assert time.thread_time() - started_at < 5


def test_the_result_that_excel_kept_of_a_formula_is_its_value():
    (grid,) = read_grids(with_sheet(b"<v /></c>", b"<v>25</v></c>"), "a.xlsx")

    assert grid.cells[2, 2] == 25


def test_a_formula_that_nobody_calculated_is_a_fault():
    (grid,) = read_grids(saved(book(PLAIN)), "a.xlsx")

    assert grid.cells[2, 2] == Fault("=10+15", is_formula=True)


def test_a_sheet_that_is_cut_off_is_damage_told_in_one_line():
    assert "got a damaged one" in refused(with_sheet(b"</sheetData>", b""))
