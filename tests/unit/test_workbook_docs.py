"""docs/workbook.md is in step with the table of columns."""

from pathlib import Path

from inventory.workbook.document import lines

PAGE = Path(__file__).parents[2] / "docs" / "workbook.md"


def test_the_page_is_what_the_columns_say() -> None:
    """`make docs` was run after the last change of a column, a note or a word."""
    assert "\n".join(lines()) + "\n" == PAGE.read_text(encoding="utf-8")
