"""`govnet units`: what is printed of official units."""

import pytest

from collector.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["units", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table without its head."""
    return [[cell for cell in line.split("  ") if cell] for line in text.splitlines()[1:]]


def test_find_lists_what_is_in_force_first_and_what_a_former_unit_is_today(
    capsys: pytest.CaptureFixture[str],
):
    status, out, _ = run(capsys, "find", "xã", "bằng", "thành")

    assert status == 0
    assert [[cell.strip() for cell in row] for row in rows(out)] == [
        ["bang-thanh-01864", "01864", "Xã Bằng Thành", "Tỉnh Thái Nguyên", "01/07/2025"],
        [
            "bang-thanh-01858",
            "01858",
            "Xã Bằng Thành",
            "Huyện Pác Nặm, Tỉnh Bắc Kạn",
            "30/06/2025",
            "Xã Bằng Thành, Tỉnh Thái Nguyên",
        ],
    ]


@pytest.mark.parametrize("old", ["boc bo", "giao hieu", "nhan mon"])
def test_find_today_says_by_which_former_name_it_found(
    capsys: pytest.CaptureFixture[str], old: str
):
    _, out, _ = run(capsys, "find", old, "--today")

    assert [row[0] for row in rows(out)] == ["bang-thanh-01864"]
    assert "Huyện Pác Nặm, Tỉnh Bắc Kạn (cũ)" in out


def test_find_today_shows_a_unit_once_however_many_names_lead_to_it(
    capsys: pytest.CaptureFixture[str],
):
    _, out, _ = run(capsys, "find", "bang thanh", "--today")

    assert [[cell.strip() for cell in row] for row in rows(out)] == [
        ["bang-thanh-01864", "01864", "Xã Bằng Thành", "Tỉnh Thái Nguyên", "01/07/2025"]
    ]


def test_find_says_how_many_were_left_out(capsys: pytest.CaptureFixture[str]):
    _, out, _ = run(capsys, "find", "hoà bình", "--limit", "2")

    assert len(out.splitlines()) == 4
    assert out.splitlines()[-1].startswith("còn 27 đơn vị nữa")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bằng thạnh", "Không có đơn vị nào đúng như vậy; gần giống:"),
        ("bang than", "Không có đơn vị nào đúng tên như vậy; tên có chứa:"),
        ("phường bằng thành", "Không có đơn vị nào thuộc loại đó; cùng tên:"),
    ],
)
def test_find_says_when_what_it_shows_is_not_what_was_typed(
    capsys: pytest.CaptureFixture[str], text: str, said: str
):
    status, out, _ = run(capsys, "find", text)

    assert (status, out.splitlines()[0]) == (0, said)
    assert "bang-thanh-01864" in out


def test_nothing_found_ends_with_1_and_names_what_may_be_meant(capsys: pytest.CaptureFixture[str]):
    assert run(capsys, "find", "bang thnah") == (
        1,
        "",
        'không tìm thấy đơn vị nào: "bang thnah"\ncó phải: Xã Bằng Thành?\n',
    )


def test_nothing_found_in_a_province_says_what_others_have(capsys: pytest.CaptureFixture[str]):
    status, _, err = run(capsys, "find", "bang thanh", "--province", "Lâm Đồng")

    assert status == 1
    assert "ở tỉnh khác có 2 đơn vị: bỏ --province để xem" in err


def test_a_province_that_does_not_exist_is_bad_input(capsys: pytest.CaptureFixture[str]):
    status, _, err = run(capsys, "find", "bang thanh", "--province", "Thái Nguyn")

    assert status == 2
    assert err.endswith('got "Thái Nguyn" (did you mean "Tỉnh Thái Nguyên"?)\n')


def test_show_by_code_tells_the_history_of_all_units_that_had_it(
    capsys: pytest.CaptureFixture[str],
):
    status, out, _ = run(capsys, "show", "01864")

    assert status == 0
    assert (
        out
        == """\
2 đơn vị đã hoặc đang mang mã 01864:

Xã Bằng Thành   bang-thanh-01864
  từ 01/07/2025: Xã Bằng Thành, mã 01864, thuộc Tỉnh Thái Nguyên
  khoảng giữa địa bàn 22.6576, 105.6710; diện tích 208,22 km²
Đến từ:
├─ Xã Bằng Thành, Huyện Pác Nặm, Tỉnh Bắc Kạn (mã 01858): nhập toàn bộ, ngày 01/07/2025\
   bang-thanh-01858
├─ Xã Bộc Bố, Huyện Pác Nặm, Tỉnh Bắc Kạn (mã 01864): nhập toàn bộ, ngày 01/07/2025\
   boc-bo-01864
├─ Xã Giáo Hiệu, Huyện Pác Nặm, Tỉnh Bắc Kạn (mã 01870): nhập toàn bộ, ngày 01/07/2025\
   giao-hieu-01870
└─ Xã Nhạn Môn, Huyện Pác Nặm, Tỉnh Bắc Kạn (mã 01861): nhập toàn bộ, ngày 01/07/2025\
   nhan-mon-01861

Xã Bộc Bố   boc-bo-01864   (đã hết hiệu lực)
  đến hết 30/06/2025: Xã Bộc Bố, mã 01864, thuộc Huyện Pác Nặm, Tỉnh Bắc Kạn
  khoảng giữa địa bàn 22.6195, 105.6706
Trở thành:
└─ Xã Bằng Thành, Tỉnh Thái Nguyên (mã 01864): nhập toàn bộ, ngày 01/07/2025\
   bang-thanh-01864
"""
    )


def test_show_of_a_unit_renamed_whole_lists_its_names(capsys: pytest.CaptureFixture[str]):
    _, out, _ = run(capsys, "show", "buon-don-24235")

    assert "từ 01/07/2025: Xã Buôn Đôn, mã 24235, thuộc Tỉnh Đắk Lắk" in out
    assert "đến hết 30/06/2025: Xã Krông Na, mã 24235, thuộc Huyện Buôn Đôn" in out


def test_show_of_a_district_says_what_each_of_its_communes_is_today(
    capsys: pytest.CaptureFixture[str],
):
    _, out, _ = run(capsys, "show", "pac-nam-060")

    assert "Từng gồm 10 xã, phường, thị trấn:" in out
    assert "├─ Xã Bộc Bố (mã 01864): nay là Xã Bằng Thành   boc-bo-01864" in out


def test_show_of_a_province_counts_what_lies_in_it(capsys: pytest.CaptureFixture[str]):
    _, out, _ = run(capsys, "show", "thai-nguyen-19")

    assert "├─ Tỉnh Bắc Kạn (mã 06): nhập toàn bộ, ngày 01/07/2025   bac-kan-06" in out
    assert out.endswith("Gồm: 77 xã, 15 phường\n")


def test_show_of_what_is_no_unit_says_how_to_find_one(capsys: pytest.CaptureFixture[str]):
    status, _, err = run(capsys, "show", "99999")

    assert (status, "govnet units find" in err) == (1, True)
