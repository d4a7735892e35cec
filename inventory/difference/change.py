"""What may differ between two inventories: the records of a difference."""

from typing import Final, Literal

import msgspec

KINDS: Final = {
    "province": "tỉnh",
    "calendar": "lịch làm việc",
    "changed_day": "ngày đổi lịch",
    "carrier": "nhà mạng",
    "cluster": "cụm",
    "power_area": "khu vực điện",
    "machine_profile": "loại máy",
    "unit": "đơn vị",
    "site": "điểm",
    "link": "đường truyền",
    "device": "thiết bị",
    "device_count": "số đếm thiết bị",
    "machine": "máy",
    "machine_count": "số đếm máy",
    "conference_point": "điểm cầu",
    "service": "dịch vụ",
    "conference": "cuộc họp",
}
"""Every kind of record, as people call it, in the order of `difference`."""
LISTS_OF_SITE: Final = {
    "link": "links",
    "device": "devices",
    "device_count": "device_counts",
    "machine": "machines",
    "machine_count": "machine_counts",
    "conference_point": "conference_points",
}
"""By kind of a site's item: the list that holds it."""


class FieldChange(msgspec.Struct, frozen=True):
    """One field with its value before and after, as text a person reads; None: not there."""

    name: str
    before: str | None
    after: str | None


class Change(msgspec.Struct, frozen=True):
    """One record that was added, removed or changed.

    `kind` is the record's (`KINDS`), `id` its full id; a count is known as `site/what it counts`,
    a changed day by its date. What was added or removed has the fields that differ from what they
    are unless given.
    """

    what: Literal["added", "removed", "changed"]
    kind: str
    id: str
    fields: tuple[FieldChange, ...] = ()
