"""Pieces of PromQL and of tables that several dashboards use."""

from typing import Any, Final

from dashboards.source.panels import WHEN
from dashboards.source.tables import Column
from dashboards.source.words import CAUSE_CODES, CORRECTED

Json = dict[str, Any]

SITE: Final = 'site=~"$site"'
"""The chosen sites."""

_UNIT_PAGE: Final = "/d/govnet-don-vi?${__url_time_range}&var-site="
_OWN_PAGE: Final = "${collector}/sites/"
UNIT_LINKS: Final = (
    {
        "title": "Xem trên trang govnet",
        "url": '${collector}/units/${__data.fields["Mã đơn vị"]}',
        "targetBlank": True,
    },
)
"""Of a column in a table that has the unit's id in the column «Mã đơn vị», too."""


def named(expr: str, *labels: str) -> str:
    """Return the expression with names of its sites; `labels` of govnet_site_info are added."""
    wanted = ", ".join(("site_name", *labels))
    return f"({expr}) * on (site) group_left ({wanted}) govnet_site_info"


def in_milliseconds(expr: str) -> str:
    """Return a time in Unix seconds as Grafana wants it."""
    return f"({expr}) * 1000"


def site_columns(*, unit: bool = True) -> tuple[Column, ...]:
    """Return the columns that say which site a row is about, with links to look closer."""
    by_id = '${__data.fields["Mã điểm"]}'
    links = (
        {"title": "Xem đơn vị, điểm này", "url": f"{_UNIT_PAGE}{by_id}", "targetBlank": False},
        {"title": "Xem trên trang govnet", "url": f"{_OWN_PAGE}{by_id}", "targetBlank": True},
    )
    found = [Column("site_name", "Điểm", links=links, width=260)]
    if unit:
        found.append(Column("unit_name", "Đơn vị", width=200))
    return (*found, Column("site", "Mã điểm", width=140))


def statuses(*, troubled: bool) -> str:
    """Return the status of sites over time, by name; `troubled`: of those that were not well.

    Everything that is the same at each step (`@ end()`) is asked once: names, and who was not well.
    """
    status = f"site:govnet_site_status:code1m{{{SITE}}}"
    names = f"govnet_site_info{{{SITE}}} @ end()"
    if troubled:
        names += (
            f" and on (site) (max_over_time({status}[$__range] @ end()) > 0)"
            ' unless on (site) (govnet_site_status{status="exempt"} @ end() == 1)'
        )
    return f"{status} * on (site) group_left (site_name) ({names})"


def outages(kind: str) -> str:
    """Return the outages of a kind of item that touch the time range, as seconds they lasted.

    As is believed now: an outage that was corrected has its new times and cause.
    """
    where = f"{{{SITE}}}"
    start = f"govnet_outage_start_timestamp_seconds{where}"
    end = f"govnet_outage_end_timestamp_seconds{where}"
    lasted = f"(({end} > time() - $__range_s) or ({start} * 0 + time() unless {end})) - {start}"
    info = f'govnet_outage_info{{{SITE}, kind=~"{kind}"}}'
    return (
        f"({lasted}) * on (outage, site, item) "
        f"group_left (kind, cause, confirmed_cause, corrected) {info}"
    )


def believed(kind: str, by: str) -> str:
    """Return the cause of outages over time, by what is believed of that time at its end.

    `@ end()` takes times and causes from the end of the time range: what was corrected later shows
    as corrected, where a metric's own past shows what was believed then.
    """
    start = f"(govnet_outage_start_timestamp_seconds{{{SITE}}} @ end() <= time())"
    end = f"(govnet_outage_end_timestamp_seconds{{{SITE}}} @ end() <= time())"
    cause = f'outage:govnet_outage_info:cause_code{{{SITE}, kind="{kind}"}} @ end()'
    lasting = f"{cause} and on (outage) {start} unless on (outage) {end}"
    return (
        f"(max by ({by}) ({lasting})) * on (site) group_left (site_name) (govnet_site_info @ end())"
    )


OUTAGE_COLUMNS: Final = (
    Column("item", "Đối tượng", width=200),
    Column("Value #A", "Kéo dài", unit="dtdurations", width=140),
    Column("Value #B", "Bắt đầu", unit=WHEN, width=150),
    Column("Value #C", "Nguyên nhân (nay)", mappings=CAUSE_CODES, width=170),
    Column("corrected", "Đã sửa lại", mappings=CORRECTED, width=100),
    Column("outage", "Số", width=70),
)
"""Of a table of `outages`, their starts and `cause_code`."""


def outage_queries(kind: str, most: int | None = None) -> tuple[str, ...]:
    """Return the queries of a table of outages: how long, since when, why."""
    by = "outage, site, item"
    lasted = f"sum by ({by}, corrected) ({outages(kind)})"
    longest = f"topk({most}, {lasted})" if most is not None else lasted
    start = f"govnet_outage_start_timestamp_seconds{{{SITE}}}"
    shown = f"({longest})"
    return (
        named(longest, "unit_name"),
        in_milliseconds(f"{start} and on ({by}) {shown}"),
        (
            f'max by ({by}) (outage:govnet_outage_info:cause_code{{{SITE}, kind=~"{kind}"}}) '
            f"and on ({by}) {shown}"
        ),
    )
