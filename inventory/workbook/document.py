"""docs/workbook.md, made of the columns: `python -m inventory.workbook.document`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from inventory.model import MachineProfile, MachineRole
from inventory.workbook.columns import PCS, CellKind, Column, Sheet, sheets_of
from inventory.workbook.proposed import FILLED_BY_TEMPLATE
from inventory.workbook.words import ALSO, WORDS

_HEAD: Final = """\
# Excel: bảng kê điểm, thiết bị, máy

Trang này do `python -m inventory.workbook.document` sinh ra từ bảng cột; không sửa tay. English
below.

Không ai phải gõ YAML cho 206 điểm. `govnet inventory template diem.xlsx` ghi một file Excel, mỗi
dòng một điểm (toà nhà); đơn vị nào chưa có điểm thì có sẵn một dòng với mã, tên và hồ sơ mẫu đề
xuất. Điền xong thì `govnet inventory import diem.xlsx` nhận lại. File mở được bằng Excel và
LibreOffice.

| lệnh | để làm gì |
|---|---|
| `govnet inventory template diem.xlsx` | ghi file để điền; cho biết còn thiếu gì ở bao nhiêu điểm |
| `govnet inventory import diem.xlsx` | nhận file đã điền: cho xem sẽ đổi gì, ô nào sai |
| `govnet inventory export tat-ca.xlsx` | ghi mọi thứ đang khai ra file |

- File đã có thì không ghi đè, trừ khi thêm `--force`: có thể ai đó đã gõ vào đấy nhiều ngày.
- File mẫu chỉ có thiết bị, điểm cầu, máy khai riêng ở từng điểm. Thứ nằm trong hồ sơ mẫu hay khai
  theo dải (`pc-[01-54]`) giống nhau ở nhiều nơi, sửa một chỗ trong file YAML. `export` ghi đủ cả.
- Dòng in sẵn mà chưa ai điền gì thêm thì `import` bỏ qua: mới điền được một phần cũng nhận được.
- Ô để trống thì giữ nguyên điều đã khai. Xoá dòng không xoá gì; thứ không còn dùng thì ghi Tình
  trạng «Đã bỏ».
- Chữ bắt đầu bằng `=`, `+`, `-`, `@` luôn được ghi là chữ, không bao giờ là công thức. Các cột chữ
  giữ nguyên số 0 ở đầu (số điện thoại, mã kênh, mã tài sản).
- Cùng dữ liệu, ghi cùng lúc, thì hai file giống nhau từng byte.

## Cách ghi từng loại ô

| loại | cách ghi |
|---|---|
"""
_KINDS: Final[Mapping[CellKind, str]] = {
    CellKind.ID: "chữ thường không dấu, số, dấu chấm, gạch nối; không đổi về sau",
    CellKind.TEXT: "tuỳ ý",
    CellKind.NUMBER: "phần lẻ sau dấu phẩy hay dấu chấm",
    CellKind.COUNT: "từ 0",
    CellKind.DATE: "ngày/tháng/năm",
    CellKind.LATITUDE: "độ thập phân (WGS 84), -90 đến 90",
    CellKind.LONGITUDE: "độ thập phân (WGS 84), -180 đến 180",
    CellKind.ADDRESS: "IPv4 hay IPv6, hoặc +N: địa chỉ thứ N của dải mạng đầu tiên của điểm",
    CellKind.NETWORKS: "như 198.18.12.0/24; nhiều dải cách nhau dấu phẩy",
    CellKind.TELEPHONE: "có số 0 đầu",
    CellKind.FLAG: "`có` hoặc `không`",
    CellKind.CHOICE: "chọn trong danh sách; gõ tên (không cần dấu), mã hay `id` cũng được",
    CellKind.WORDS: "cách nhau dấu phẩy",
}
_NAMES: Final[Mapping[CellKind, str]] = {
    CellKind.ID: "mã",
    CellKind.TEXT: "chữ",
    CellKind.NUMBER: "số",
    CellKind.COUNT: "số nguyên",
    CellKind.DATE: "ngày",
    CellKind.LATITUDE: "vĩ độ",
    CellKind.LONGITUDE: "kinh độ",
    CellKind.ADDRESS: "địa chỉ IP",
    CellKind.NETWORKS: "dải mạng",
    CellKind.TELEPHONE: "điện thoại",
    CellKind.FLAG: "có, không",
    CellKind.CHOICE: "danh sách",
    CellKind.WORDS: "các từ",
}
_LISTS: Final = """
## Từ trong danh sách

Danh sách đơn vị, điểm, hồ sơ mẫu, nhà mạng, lịch, cụm, khu vực điện lấy từ chính bản kê. Hai đơn
vị trùng tên thì tên trong danh sách có thêm mã xã hoặc đơn vị cấp trên; chỉ gõ cái tên trùng đó
thì chưa đủ. Các từ sau là cố định:

| cột | trong Excel | trong YAML | gõ thế này cũng được |
|---|---|---|---|
"""
_ENGLISH: Final = """
# English

`govnet inventory template FILE.xlsx` writes a workbook to fill in: one row for each site, and one
with a proposed id, name and profile for each commune, ward, special zone and agency that has no
site yet. `export` writes everything that is declared; `import` reads either back. Headers are
Vietnamese; the tables say where each column stands in the inventory's YAML
([inventory.md](inventory.md)).

The template leaves out items that come from a profile or a range: they are the same at many sites
and are mended in the files. A cell left blank changes nothing. A text is always stored as a text,
whatever it begins with (no formula can be smuggled in through a name), and columns of text keep
leading zeros. The same content at the same time gives the same bytes.

A proposed row that stands as it was made is one that nobody has come to: import passes over it.
Such a row has these columns alone: {filled}.
"""
_ELSEWHERE: Final[Mapping[str, str]] = {
    "sites.carrier": "`carrier`, short for that of its links",
    "sites.circuit": "`circuit`, short for that of the main link",
    "sites.contract": "`contract`, short for that of the main link",
    "sites.capacity_mbps": "`capacity_mbps`, short for that of its links",
    "sites.always_on_address": "`address` of the first always-on item, else of device `cpe`",
    "sites.point_address": "`address` of the first point that is no software, else of `vc`",
    "sites.contact_role": "`contacts[0].role`",
    "sites.contact_telephone": "`contacts[0].telephone`",
    "sites.counted_on": "`as_of` of the counts",
    "sites.counted_by": "`source` of the counts",
    "services.from_sites": "`vantages: sites`",
}
_LIST_OF: Final = {
    "sites": "sites",
    "devices": "devices of a site",
    "points": "conference_points of a site",
    "machines": "machines of a site",
    "services": "services",
}


def lines() -> Iterator[str]:
    """Yield the page, line by line, without ends of lines."""
    usual = MachineProfile(id="PROFILE", name="<loại máy>", role=MachineRole.PC)
    all_sheets = sheets_of([usual])
    yield from _HEAD.splitlines()
    for kind, how in _KINDS.items():
        yield f"| {_NAMES[kind]} | {how} |"
    for sheet in all_sheets:
        yield from _vietnamese(sheet)
    yield from _LISTS.splitlines()
    yield from _words(all_sheets)
    filled = [one.header for one in all_sheets[0].columns if one.key in FILLED_BY_TEMPLATE]
    yield from _ENGLISH.format(filled=", ".join(filled)).splitlines()
    for sheet in all_sheets:
        yield from _english(sheet)


def _vietnamese(sheet: Sheet) -> Iterator[str]:
    yield from ("", f"## Tờ {sheet.title}", "", sheet.note, "")
    yield from ("| cột | loại | cách ghi |", "|---|---|---|")
    for column in sheet.columns:
        note = f"**Bắt buộc.** {column.note}" if column.required else column.note
        yield f"| {_escaped(column.header)} | {_NAMES[column.kind]} | {note} |"


def _words(all_sheets: Sequence[Sheet]) -> Iterator[str]:
    for kind, words in WORDS.items():
        places = [
            (sheet.title, column.header)
            for sheet in all_sheets
            for column in sheet.columns
            if column.choices is kind
        ]
        # A list of several sheets stands under the same header in all of them.
        place = ": ".join(places[0]) if len(places) == 1 else places[0][1]
        for word, name in words.items():
            also = ", ".join(ALSO.get(kind, {}).get(word, ()))
            yield f"| {place} | {name} | `{word}` | {also} |"


def _english(sheet: Sheet) -> Iterator[str]:
    yield from (
        "",
        f"## {sheet.title}: {_LIST_OF[sheet.key]}",
        "",
        "| column | field |",
        "|---|---|",
    )
    for column in sheet.columns:
        yield f"| {_escaped(column.header)} | {_field(sheet, column)} |"


def _field(sheet: Sheet, column: Column) -> str:
    if column.key.startswith(PCS):
        return "`pcs` for the first count, `count` of `machine_counts` for the others"
    if column.key == "site":
        return "the site that has the item"
    return _ELSEWHERE.get(f"{sheet.key}.{column.key}", f"`{column.key}`")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    print("\n".join(lines()))
