"""The legal basis: what comes with the program, and what the operator writes instead."""

from pathlib import Path

import pytest

from collector.config import load_config
from collector.law_options import CITATIONS, CITATIONS_AS_OF
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
