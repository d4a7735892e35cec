"""Tables, and the map, which is a table of places: queries joined by their labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.source.grafana import Panel, Query
from dashboards.source.panels import COUNT, PLAIN, TEXT, Words

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a label of the answers, or the value of a query (`Value #A`)."""

    name: str
    title: str
    unit: str = TEXT
    mappings: Sequence[Json] = ()
    thresholds: Json | None = None
    links: Sequence[Json] = ()
    width: int | None = None

    def override(self) -> Json:
        """Return how Grafana shows it."""
        properties: list[Json] = [{"id": "unit", "value": self.unit}]
        if self.mappings:
            properties.append({"id": "mappings", "value": list(self.mappings)})
        if self.mappings or self.thresholds:
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
        if self.thresholds:
            properties.append({"id": "thresholds", "value": self.thresholds})
        if self.links:
            properties.append({"id": "links", "value": list(self.links)})
        if self.width is not None:
            properties.append({"id": "custom.width", "value": self.width})
        return {"matcher": {"id": "byName", "options": self.title}, "properties": properties}


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column a table is sorted at first."""

    title: str
    is_descending: bool = True


def table(
    words: Words,
    queries: Sequence[str],
    columns: Sequence[Column],
    *,
    width: int = 24,
    height: int = 9,
    sort: Sort | None = None,
) -> Panel:
    """Return rows as they are at the end of the time range; queries are joined by their labels."""
    names = [column.name for column in columns]
    merge = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    asked = tuple(Query(expr, is_instant=True, is_table=True) for expr in queries)
    return Panel(
        "table",
        words.title,
        words.about(asked),
        asked,
        TEXT,
        width,
        height,
        options={
            "cellHeight": "sm",
            "enablePagination": True,
            "frameIndex": 0,
            "showHeader": True,
            "sortBy": [{"displayName": sort.title, "desc": sort.is_descending}] if sort else [],
        },
        defaults={"noValue": "", "custom": {"align": "auto", "filterable": True}},
        overrides=tuple(column.override() for column in columns),
        transformations=(*merge, *_chosen(columns, names)),
    )


def _chosen(columns: Sequence[Column], names: Sequence[str]) -> tuple[Json, ...]:
    """Return the transformations that keep, order and name the columns."""
    return (
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: index for index, name in enumerate(names)},
                "renameByName": {column.name: column.title for column in columns},
            },
        },
    )


@dataclass(frozen=True, slots=True)
class Map:
    """What a map is made of: three queries by the same labels, and the columns to be shown.

    The columns of latitude and longitude are named by their titles.
    """

    latitude: str
    longitude: str
    value: str
    columns: Sequence[Column]
    latitude_title: str
    longitude_title: str
    value_title: str
    mappings: Sequence[Json] = field(default=())


NO_TILES: Final = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A clear picture of one pixel that stands for every tile: no map is fetched from anywhere."""


def geomap(words: Words, shown: Map, *, width: int = 12, height: int = 14) -> Panel:
    """Return points on an empty base layer: nothing is asked of servers elsewhere."""
    names = [column.name for column in shown.columns]
    asked = tuple(
        Query(expr, is_instant=True, is_table=True)
        for expr in (shown.latitude, shown.longitude, shown.value)
    )
    return Panel(
        "geomap",
        words.title,
        words.about(asked),
        asked,
        COUNT,
        width,
        height,
        options={
            "basemap": {
                "type": "xyz",
                "name": "Nền trống",
                "config": {"url": NO_TILES, "attribution": ""},
            },
            "controls": {
                "mouseWheelZoom": True,
                "showAttribution": False,
                "showDebug": False,
                "showMeasure": False,
                "showScale": True,
                "showZoom": True,
            },
            "layers": [
                {
                    "type": "markers",
                    "name": "Điểm",
                    "config": {
                        "showLegend": True,
                        "style": {
                            "color": {"field": shown.value_title, "fixed": "grey"},
                            "opacity": 0.8,
                            "size": {"fixed": 6, "min": 4, "max": 12},
                            "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
                        },
                    },
                    "location": {
                        "mode": "coords",
                        "latitude": shown.latitude_title,
                        "longitude": shown.longitude_title,
                    },
                    "tooltip": True,
                }
            ],
            "tooltip": {"mode": "details"},
            "view": {"id": "fit", "allLayers": True, "padding": 10, "maxZoom": 12},
        },
        defaults={"mappings": list(shown.mappings), "thresholds": PLAIN, "noValue": ""},
        overrides=tuple(column.override() for column in shown.columns),
        transformations=({"id": "merge", "options": {}}, *_chosen(shown.columns, names)),
    )
