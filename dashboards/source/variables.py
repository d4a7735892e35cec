"""Variables and links that dashboards share.

A choice narrows the next one: level of the unit, unit, site, then what stands at the site.
"""

from collections.abc import Mapping
from typing import Any, Final

from dashboards.source.grafana import DATASOURCE, TAG
from inventory.model import UnitKind

Json = dict[str, Any]

COLLECTOR: Final = "http://127.0.0.1:8470"
"""Where our own pages are, until somebody writes another address into the variable."""

_ON_LOAD: Final = 1
_ON_TIME_CHANGE: Final = 2
_BY_NAME: Final = 5
"""Sorted by the alphabet without regard to capitals."""
_ALL: Final = {"selected": True, "text": ["Tất cả"], "value": ["$__all"]}

# A comma would part two values.
LEVELS: Final[Mapping[UnitKind, str]] = {
    UnitKind.PROVINCE: "Tỉnh",
    UnitKind.DISTRICT: "Huyện (trước 7/2025)",
    UnitKind.COMMUNE: "Xã",
    UnitKind.WARD: "Phường",
    UnitKind.SPECIAL_ZONE: "Đặc khu",
    UnitKind.AGENCY: "Cơ quan cấp tỉnh",
    UnitKind.SUB_UNIT: "Đơn vị trực thuộc",
}


def datasource() -> Json:
    """Return the choice of the Prometheus."""
    return {
        "name": "datasource",
        "label": "Nguồn dữ liệu",
        "description": "Prometheus nào có số liệu của govnet. Which Prometheus holds govnet's "
        "data.",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "current": {"selected": True, "text": "govnet", "value": "govnet"},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": _ON_LOAD,
        "skipUrlSync": False,
    }


def collector() -> Json:
    """Return the address of our own pages, to be changed by hand."""
    return {
        "name": "collector",
        "label": "Địa chỉ trung tâm govnet",
        "description": "Dùng cho các liên kết sang trang của govnet. Base of links to govnet's "
        "pages.",
        "type": "textbox",
        "query": COLLECTOR,
        "current": {"selected": True, "text": COLLECTOR, "value": COLLECTOR},
        "options": [{"selected": True, "text": COLLECTOR, "value": COLLECTOR}],
        "hide": 0,
        "skipUrlSync": False,
    }


def level() -> Json:
    """Return the choice of the level of units."""
    return {
        "name": "level",
        "label": "Cấp đơn vị",
        "description": "Cấp của đơn vị. Level of units.",
        "type": "custom",
        "query": ", ".join(f"{text} : {kind}" for kind, text in LEVELS.items()),
        "allValue": ".*",
        "current": _ALL,
        "includeAll": True,
        "multi": True,
        "options": [],
        "hide": 0,
        "skipUrlSync": False,
    }


def chosen(name: str, label: str, description: str, query: str, regex: str = "") -> Json:
    """Return a choice of several among what a query finds, at first of all.

    `regex` may have groups named `text` and `value`.
    """
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "query",
        "datasource": DATASOURCE,
        "definition": query,
        "query": {"query": query, "refId": f"variable-{name}"},
        "regex": regex,
        "current": _ALL,
        "includeAll": True,
        "multi": True,
        "options": [],
        "refresh": _ON_TIME_CHANGE,
        "sort": _BY_NAME,
        "hide": 0,
        "skipUrlSync": False,
    }


def unit() -> Json:
    """Return the choice of units of the chosen levels, by name."""
    return chosen(
        "unit",
        "Đơn vị",
        "Đơn vị hành chính, theo cấp đã chọn. Units of the chosen level.",
        'query_result(count by (unit, unit_name) (govnet_site_info{unit_kind=~"$level"}))',
        '/unit="(?<value>[^"]*)".*unit_name="(?<text>[^"]*)"/',
    )


def site(more: str = "") -> Json:
    """Return the choice of sites of the chosen units, by name; `more` narrows it further."""
    found = f'govnet_site_info{{unit_kind=~"$level", unit=~"$unit"}}{more}'
    return chosen(
        "site",
        "Điểm",
        "Điểm (trụ sở) của đơn vị đã chọn. Sites of the chosen units.",
        f"query_result(count by (site, site_name) ({found}))",
        '/site="(?<value>[^"]*)".*site_name="(?<text>[^"]*)"/',
    )


def places(more: str = "") -> tuple[Json, ...]:
    """Return what every dashboard has: source, level, unit, site, and our own address."""
    return (datasource(), level(), unit(), site(more), collector())


def shared_links() -> tuple[Json, ...]:
    """Return the links at the top of every dashboard: the others, and our own pages."""
    return (
        {
            "title": "Màn hình govnet",
            "tooltip": "Các màn hình khác của govnet. Other dashboards.",
            "type": "dashboards",
            "icon": "external link",
            "asDropdown": True,
            "includeVars": True,
            "keepTime": True,
            "tags": [TAG],
            "targetBlank": False,
            "url": "",
        },
        *(
            {
                "title": title,
                "tooltip": tooltip,
                "type": "link",
                "icon": "external link",
                "asDropdown": False,
                "includeVars": False,
                "keepTime": False,
                "tags": [],
                "targetBlank": True,
                "url": f"${{collector}}{path}",
            }
            for title, path, tooltip in (
                ("Trang «Bây giờ»", "/", "Trang hiện trạng của govnet. What holds now."),
                ("Đơn vị", "/units", "Đơn vị và điểm trên trang govnet. Units and sites."),
                ("Đường truyền", "/links", "Chất lượng, SLA theo nhà mạng. Lines and their SLA."),
                ("Sẵn sàng họp", "/conferences", "Điểm cầu trước giờ họp. Readiness for meetings."),
                (
                    "Độ phủ",
                    "/coverage",
                    "Máy đã khai, ghi danh, báo cáo. Coverage, what is missing.",
                ),
                ("Bảo trì, cắt điện", "/maintenance", "Lịch đã báo. Planned work and power cuts."),
            )
        ),
    )
