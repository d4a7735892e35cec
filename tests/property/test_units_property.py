"""Official units: whatever is typed ends well, and every name in force leads to its unit."""

import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from inventory.model import UnitKind
from inventory.names import search_key, slug, spelling_key
from inventory.units.find import find, resolve
from inventory.units.kinds import bare, word_of
from inventory.units.official import load_official
from inventory.units.records import OfficialUnit

UNITS = load_official()
CURRENT = [
    unit
    for unit in UNITS.units.values()
    if unit.is_current and unit.newest.kind is not UnitKind.PROVINCE
]
MARKS = "àáảãạằắẳẵặềếểễệồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵđĐƠ'’.,- xXpPtThHqQ0123456789"


def typed_badly(name: str, how: random.Random) -> str:
    """Return the name as a hurried person types it: no diacritics, other case, more spaces."""
    text = search_key(name)
    text = "".join(how.choice((char, char.upper())) for char in text)
    return how.choice((" ", "  ")).join(text.split())


@given(st.sampled_from(CURRENT), st.randoms(use_true_random=False))
def test_any_current_unit_is_found_by_its_bare_name_and_province(
    unit: OfficialUnit, how: random.Random
) -> None:
    name = bare(unit.newest.name)
    kind = how.choice(("", word_of(unit.newest.name)))
    text = typed_badly(f"{kind} {name}" if not name.startswith(kind) else name, how)
    above = unit
    while above.newest.parent is not None:
        above = UNITS.units[above.newest.parent]
    province = how.choice((above.newest.code, above.id[:-3]))

    found = find(UNITS, text, province=province.replace("-", " "), limit=99).found

    assert unit.id in {match.unit.id for match in found}


def test_the_full_name_and_the_province_mean_each_of_the_units_in_force() -> None:
    assert [] == [
        unit.id
        for unit in CURRENT
        if resolve(
            UNITS, unit.newest.name, province=unit.newest.parent and unit.newest.parent[-2:]
        ).unit
        is not unit
    ]


@given(st.sampled_from([*UNITS.units.values()]))
def test_any_unit_that_ever_was_is_found_by_its_name_and_what_lay_above(unit: OfficialUnit) -> None:
    version = unit.versions[0]
    above = UNITS.units[version.parent].newest.name if version.parent else ""

    found = find(UNITS, f"{version.name}, {above}", limit=99).found

    assert unit.id in {match.unit.id for match in found}


@given(st.text(max_size=80) | st.text(alphabet=MARKS, max_size=80))
def test_whatever_is_typed_finds_something_or_nothing_and_never_fails(text: str) -> None:
    matches = find(UNITS, text)
    resolution = resolve(UNITS, text, province=text[:10] or None)

    assert len(matches.found) <= matches.total
    assert resolution.unit is None or resolution.unit.is_current


@given(st.text(max_size=40))
def test_keys_depend_neither_on_the_form_of_unicode_nor_on_case(text: str) -> None:
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, text)
        assert search_key(other) == search_key(text)
        assert slug(other) == slug(text)
    assert slug(text) == slug(slug(text))


@given(st.sampled_from("aeo"), st.sampled_from("aeiouy"), st.sampled_from("\u0300\u0301\u0309"))
def test_a_tone_on_either_vowel_is_one_spelling(first: str, second: str, tone: str) -> None:
    assert spelling_key(f"h{first}{tone}{second}") == spelling_key(f"h{first}{second}{tone}")
    assert spelling_key(f"h{first}{second}") != spelling_key(f"h{first}{second}{tone}")
