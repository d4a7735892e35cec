"""Accounts for tests: a province of two communes and an agency, and people who see parts of it."""

import secrets

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from collector.accounts import saved
from collector.accounts.passwords import Hashes
from collector.accounts.records import Rights, Role
from collector.store import Store

QUICK = Hashes(PasswordHasher.from_parameters(CHEAPEST))
"""Hashes that cost a test nothing."""
PASSWORD = "Con trâu đi trước cái cày"

TWO_COMMUNES = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
report_interval_seconds: 60
carriers: [{id: vnpt, name: VNPT}]
units:
  - {id: tinh, name: Tỉnh Lâm Đồng, kind: province}
  - {id: so, name: Sở Y tế, kind: agency, parent: tinh}
  - {id: xa-don, name: Xã Đơn Dương, kind: commune, parent: tinh}
  - {id: tram-y-te, name: Trạm y tế Đơn Dương, kind: sub_unit, parent: xa-don}
  - {id: xa-duc, name: Xã Đức Trọng, kind: commune, parent: tinh}
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
services:
  - {id: mot-cua, name: Một cửa, kind: one_stop, url: "https://www.lamdong.example/"}
sites:
  - {id: trung-tam, name: Trung tâm dữ liệu, kind: data_centre, unit: so, networks: [198.18.0.0/24]}
  - id: don
    name: Trụ sở Đơn Dương
    kind: commune
    unit: xa-don
    networks: [198.18.1.0/24]
    links: [{id: tslcd, technology: fiber, carrier: vnpt, far_end: {site: trung-tam}}]
    devices: [{id: cpe, kind: cpe, address: "+1", always_on: true}]
    machines: [{id: pc-1, profile: pc, address: "+11"}]
    conference_points: [{id: vc, kind: codec, address: "+20"}]
  - id: tram
    name: Trạm y tế Đơn Dương
    kind: commune
    unit: tram-y-te
    networks: [198.18.2.0/24]
    machines: [{id: pc-1, profile: pc, address: "+11"}]
  - id: duc
    name: Trụ sở Đức Trọng
    kind: commune
    unit: xa-duc
    networks: [198.18.3.0/24]
    links: [{id: tslcd, technology: fiber, carrier: vnpt, far_end: {site: trung-tam}}]
    devices: [{id: cpe, kind: cpe, address: "+1", always_on: true}]
    machines: [{id: pc-1, profile: pc, address: "+11"}]
    conference_points: [{id: vc, kind: codec, address: "+20"}]
conferences:
  - id: giao-ban
    title: Giao ban
    starts_at: 2026-09-22T14:00
    duration_minutes: 60
    points: [duc/vc]
  - id: hop-tinh
    title: Họp tỉnh
    starts_at: 2026-09-23T14:00
    duration_minutes: 60
    all_points: true
"""
"""Under `xa-don` lie the sites don and tram, under `xa-duc` duc, under `tinh` all."""


def signed_in(store: Store, name: str, rights: Rights, now: float) -> str:
    """Make an account with PASSWORD that is signed in for a day; return its cookie."""
    saved.add(store, name, rights, now)
    saved.set_password(store, name, QUICK.made(PASSWORD), now, must_change=False)
    account, cookie = saved.existing(store, name), secrets.token_urlsafe(32)
    assert saved.open_session(store, account, cookie, now, now + 86_400.0, address="198.18.0.9")
    return cookie


def people() -> dict[str, Rights]:
    """Return who is tried: viewers and operators of a part and of all, and an admin."""
    return {
        "xem-don": Rights("Xem Đơn Dương", Role.VIEWER, "xa-don"),
        "truc-don": Rights("Trực Đơn Dương", Role.OPERATOR, "xa-don"),
        "xem": Rights("Lãnh đạo", Role.VIEWER),
        "truc": Rights("Trực ca", Role.OPERATOR),
        "quan-tri": Rights("Quản trị", Role.ADMIN),
    }
