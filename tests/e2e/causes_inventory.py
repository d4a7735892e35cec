"""The inventory of `tests.e2e.causes_province`: four offices on two carriers."""

from datetime import UTC, datetime

from tests.e2e.causes_network import CENTRE_ADDRESS, Place

INTERVAL_SECONDS = 3
PLACES = (
    Place("suoi-can", 1, "vnpt", 2),
    Place("doi-thong", 2, "vnpt", 2),
    Place("ben-da", 3, "viettel", 3),
    Place("thac-bac", 4, "viettel", 2),
)
NAMES = {
    "suoi-can": "Suối Cạn",
    "doi-thong": "Đồi Thông",
    "ben-da": "Bến Đá",
    "thac-bac": "Thác Bạc",
}


def _noon() -> str:
    """Return a time zone where it is about noon: nobody is at home, whenever the tests run."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def inventory_text() -> str:
    """Return the province as an inventory."""
    days = "\n".join(
        f'      {day}: [{{start: "00:00", end: "24:00"}}]'
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    units = "\n".join(
        f"  - {{id: {one.name}, name: Xã {NAMES[one.name]}, kind: commune, parent: tinh-thu,"
        f" calendar: always, latitude: 11.9, longitude: 108.4}}"
        for one in PLACES
    )
    return f"""\
province:
  {{id: tinh-thu, code: "68", name: Tỉnh thử, operator: Tổ trực, centre: ttdl, timezone: {_noon()}}}
report_interval_seconds: {INTERVAL_SECONDS}
calendars:
  - id: always
    holidays: null
    sessions:
{days}
carriers:
  - id: vnpt
    name: VNPT
    contacts: [{{role: Trực ca truyền số liệu, telephone: 0263 000 800}}]
  - id: viettel
    name: Viettel
    contacts: [{{role: Trực ca truyền số liệu, telephone: 0263 000 900}}]
power_areas:
  - id: thi-tran
    name: Khu vực điện Thị trấn
    contacts: [{{role: Trực điều độ, telephone: 0263 000 700}}]
profiles:
  machines: [{{id: pc, name: Máy làm việc, role: pc}}, {{id: server, name: Máy chủ, role: server}}]
units:
  - {{id: tinh-thu, name: Tỉnh thử, kind: province, latitude: 11.9, longitude: 108.4}}
{units}
sites:
  - id: ttdl
    unit: tinh-thu
    name: Trung tâm dữ liệu tỉnh
    kind: data_centre
    networks: [198.18.200.0/24]
    contacts: [{{role: Trực vận hành, telephone: 0263 000 600}}]
    machines: [{{id: giam-sat, profile: server, address: {CENTRE_ADDRESS}, vantage: true}}]
{"".join(map(_site_text, PLACES))}"""


def _site_text(place: Place) -> str:
    machines = ", ".join(
        f"{{id: pc-{number}, profile: pc, address: {place.machine_address(number)}}}"
        for number in range(1, place.machines + 1)
    )
    return f"""\
  - id: {place.name}
    unit: {place.name}
    name: Trụ sở UBND xã {NAMES[place.name]}
    kind: commune
    power_area: thi-tran
    networks: [198.18.{place.number}.0/24]
    contacts: [{{role: Văn phòng UBND xã, telephone: 0263 000 00{place.number}}}]
    links:
      - id: tslcd
        technology: fiber
        carrier: {place.carrier}
        circuit: TSL-00{place.number}
        gateway: {place.router_address}
        next_hop: {place.next_hop_address}
        far_end: {{site: ttdl, address: {CENTRE_ADDRESS}}}
    devices: [{{id: cpe, kind: cpe, address: {place.router_address}, always_on: true}}]
    machines: [{machines}]
"""
