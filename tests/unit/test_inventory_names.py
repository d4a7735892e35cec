import pytest

from inventory.names import search_key, sort_key


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Xã Bằng Thành", "xa bang thanh"),
        ("Hoà Bình", "Hòa Bình"),
        ("Phường Đà Lạt", "PHUONG DA LAT"),
        ("Xã D'Ran", "xã d’ran"),
        ("  Đức   Trọng ", "duc trong"),
    ],
)
def test_a_name_is_found_however_it_is_typed(written: str, typed: str) -> None:
    assert search_key(typed) == search_key(written)


def test_different_names_stay_different() -> None:
    assert search_key("Đức Trọng") != search_key("Đức Linh")


def test_names_sort_by_the_vietnamese_alphabet() -> None:
    mixed = ["Đơn Dương", "Ea Kar", "Di Linh", "Cư Jút", "Đạ Huoai", "Dầu Giây"]

    assert ["Cư Jút", "Dầu Giây", "Di Linh", "Đạ Huoai", "Đơn Dương", "Ea Kar"] == sorted(
        mixed, key=sort_key
    )


def test_tones_decide_between_words_that_are_otherwise_equal() -> None:
    assert ["La", "Là", "Lá"] == sorted(["Lá", "Là", "La"], key=sort_key)
