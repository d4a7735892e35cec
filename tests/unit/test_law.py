"""The legal basis: what comes with the program, and what the operator writes instead."""

from pathlib import Path

import pytest

from collector import pages
from collector.config import load_config
from collector.config.law import CITATIONS, CITATIONS_AS_OF, LawOptions
from collector.pages.about_routes import AboutPage
from govnet.errors import ConfigError


def test_without_a_table_the_list_of_the_program_holds_with_its_month(tmp_path: Path):
    file = tmp_path / "collector.toml"
    file.touch()

    law = load_config(file).law

    assert (CITATIONS, CITATIONS_AS_OF) == (law.citations, law.as_of)


def test_the_operators_list_replaces_it_and_bears_no_month_of_ours(tmp_path: Path):
    file = tmp_path / "collector.toml"
    file.write_text('[law]\ncitations = ["Quyết định 1/QĐ-UBND"]\n', encoding="utf-8")

    law = load_config(file).law

    assert (("Quyết định 1/QĐ-UBND",), None) == (law.citations, law.as_of)


def test_a_mistake_is_told_with_its_place(tmp_path: Path):
    file = tmp_path / "collector.toml"
    file.write_text("[law]\ncitations = [1]\n", encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_config(file)

    assert f"{file}:2:1: law.citations: expected `str`, got [1]" == str(refused.value)


def shown(law: LawOptions) -> str:
    page = AboutPage("0.1.0", law.citations, law.as_of)
    values = {"province": "Tỉnh A", "operator": "Trung tâm B", "viewer": None}
    return pages._TEMPLATES.get_template("about.html").render(page=page, **values)


def test_the_page_names_the_operators_list_without_a_word_of_ours():
    text = shown(LawOptions(citations=("Quyết định <1>/QĐ-UBND",)))

    assert "<li>Quyết định &lt;1&gt;/QĐ-UBND</li>" in text
    assert CITATIONS[0] not in text
    assert CITATIONS_AS_OF not in text


def test_the_page_says_of_which_month_our_list_is():
    text = shown(LawOptions())

    assert all(citation in text for citation in CITATIONS)
    assert f"tháng {CITATIONS_AS_OF}" in text


def test_without_citations_the_page_has_no_such_heading():
    assert "Căn cứ pháp lý" not in shown(LawOptions(citations=()))
