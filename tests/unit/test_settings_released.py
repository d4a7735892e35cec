"""Settings that were once sent must be read for ever: agents keep them on disk over updates."""

import json
from pathlib import Path

import pytest

from govnet.settings import (
    CHECK_SETTINGS,
    AlwaysOnSettings,
    CheckAgain,
    ConferenceProtocol,
    ConferenceSettings,
    Declared,
    DeviceSettings,
    Endpoint,
    FactsSettings,
    LanSettings,
    LinkSettings,
    Login,
    MachineSettings,
    PathEnd,
    PathSettings,
    Peer,
    ReflectorSettings,
    RegistrarSettings,
    Secret,
    ServiceSettings,
    Settings,
    SnmpAccess,
    TrapSettings,
    decode,
)

RELEASED = Path(__file__).parents[1] / "golden" / "wire" / "v1"

FULL = Settings(
    agent="0a1b2c3d",
    site="xa-don-duong",
    machine="xa-don-duong/pc-001",
    report_interval_seconds=30.0,
    checks=(
        MachineSettings(target="xa-don-duong/pc-001", interval_seconds=30.0, timeout_seconds=5.0),
        LanSettings(
            target="xa-don-duong/pc-001",
            interval_seconds=30.0,
            timeout_seconds=5.0,
            gateway="198.18.7.1",
            peers=(Peer(id="xa-don-duong/pc-002", address="198.18.7.12"),),
            resolver_name="lamdong.example",
        ),
        LinkSettings(
            target="xa-don-duong/tslcd",
            interval_seconds=60.0,
            timeout_seconds=10.0,
            ends=(
                PathEnd(end="gateway"),
                PathEnd(end="far", address="198.18.0.1", tcp_ports=(443, 22)),
            ),
            probes=5,
            spacing_seconds=0.1,
        ),
        AlwaysOnSettings(
            target="xa-don-duong/cpe",
            interval_seconds=60.0,
            timeout_seconds=3.0,
            address="198.18.7.1",
            tcp_ports=(22,),
            probes=4,
            spacing_seconds=0.3,
        ),
        ConferenceSettings(
            target="xa-don-duong/diem-cau",
            interval_seconds=60.0,
            timeout_seconds=8.0,
            address="198.18.7.10",
            protocols=(ConferenceProtocol(name="sip_tls", port=5061),),
        ),
        ServiceSettings(
            target="cong-dich-vu",
            interval_seconds=300.0,
            timeout_seconds=20.0,
            url="https://dichvucong.lamdong.example/",
            address="198.18.0.20",
            expect_status=200,
            expect_content="Cổng Dịch vụ công",
            read_bytes=65536,
            verify_certificate=False,
        ),
    ),
)
ACCESS = SnmpAccess(
    version="3",
    user="govnet",
    authentication="sha256",
    authentication_key=Secret("mot-khoa-bi-mat"),
    privacy="aes128",
    privacy_key=Secret("hai-khoa-bi-mat"),
    context="vrf",
    port=1161,
)
LOGIN = Login(user="giamsat", password=Secret("mat-khau"))
MEASURED = Settings(
    agent="0a1b2c3d",
    site="xa-don-duong",
    machine="xa-don-duong/pc-001",
    checks=(
        ConferenceSettings(
            target="xa-don-duong/diem-cau",
            address="198.18.7.10",
            protocols=(
                ConferenceProtocol(name="snmp", port=1161),
                ConferenceProtocol(name="poly_rest", port=443),
            ),
            snmp=ACCESS,
            login=LOGIN,
        ),
        ServiceSettings(
            target="ten-mien",
            url="dns://198.18.0.53/www.lamdong.example",
            expect_answers=("198.18.0.33", "2001:db8::33"),
        ),
        ServiceSettings(
            target="chung-thu",
            url="ocsp+http://ocsp.lamdong.example/",
            certificate="-----BEGIN CERTIFICATE-----",
            issuer="-----BEGIN CERTIFICATE-----",
        ),
        FactsSettings(
            target="xa-don-duong/pc-001",
            interval_seconds=21600.0,
            timeout_seconds=60.0,
            office_suites=("LibreOffice",),
        ),
        DeviceSettings(
            target="xa-don-duong/sw1",
            timeout_seconds=20.0,
            address="198.18.7.2",
            kind="switch",
            family="huawei-vrp",
            snmp=ACCESS,
            declared=(Declared(id="xa-don-duong/pc-001", mac="02:00:5e:00:00:01"),),
            preceding=(Peer(id="xa-don-duong/pc-000", address="198.18.7.10"),),
        ),
        DeviceSettings(
            target="xa-don-duong/tram",
            kind="environmental_station",
            url="http://198.18.7.30/so-lieu.txt",
            login=LOGIN,
            expect_status=200,
            expect_content="PM10",
            max_age_seconds=900.0,
        ),
        TrapSettings(
            target="xa-don-duong/sw1",
            timeout_seconds=0.5,
            address="198.18.7.2",
            snmp=ACCESS,
            port=1162,
        ),
        PathSettings(
            target="xa-don-duong/tslcd",
            address="198.18.0.11",
            port=1862,
            packets=100,
            spacing_seconds=0.05,
            dscp=46,
            codecs=("g711", "g729"),
            test_bytes_per_day=10_000_000,
        ),
        ReflectorSettings(
            target="xa-don-duong/pc-001", port=1862, allow=("198.18.7.0/24", "2001:db8:7::/64")
        ),
        RegistrarSettings(
            target="dang-ky",
            address="198.18.0.20",
            port=8443,
            login=LOGIN,
            verify_certificate=False,
            endpoints=(
                Endpoint(
                    id="xa-don-duong/diem-cau",
                    aliases=("vc@lamdong.example",),
                    address="198.18.7.10",
                ),
            ),
        ),
    ),
)
SURROUNDINGS = Settings(
    agent="0a1b2c3d",
    site="xa-don-duong",
    machine="xa-don-duong/pc-001",
    checks=(
        DeviceSettings(
            target="xa-don-duong/sw1",
            timeout_seconds=20.0,
            address="198.18.7.2",
            kind="switch",
            snmp=ACCESS,
            declared=(
                Declared(id="xa-don-duong/ap1", mac="00:11:22:33:44:cc", radio=True),
                Declared(id="xa-don-duong/pc-001", mac="02:00:5e:00:00:01"),
            ),
            networks=("198.18.7.0/24", "2001:db8:7::/64"),
        ),
    ),
)
AGAIN = Settings(
    agent="0a1b2c3d",
    site="ttdl",
    machine="ttdl/may-chu",
    check_again=(
        CheckAgain(id="0123456789ab", site="xa-don-duong"),
        CheckAgain(id="cdef01234567", site="ttdl"),
    ),
    checks=(AlwaysOnSettings(target="xa-don-duong/cpe", address="198.18.7.1"),),
)
SPARSE = Settings(agent="a", site="s", machine="s/m", checks=(MachineSettings(target="s/m"),))
CASES = {
    "settings-again": AGAIN,
    "settings-full": FULL,
    "settings-measured": MEASURED,
    "settings-sparse": SPARSE,
    "settings-surroundings": SURROUNDINGS,
}


@pytest.mark.parametrize("case", CASES)
def test_settings_of_every_release_are_read_as_they_were_meant(case: str):
    assert decode((RELEASED / f"{case}.json").read_bytes()) == CASES[case]


def test_every_check_that_can_be_ordered_stands_in_a_released_file():
    released = [json.loads(path.read_bytes()) for path in RELEASED.glob("settings-*.json")]
    found = {check["check"] for settings in released for check in settings["checks"]}

    assert found == {kind.check for kind in CHECK_SETTINGS}


def test_every_released_file_is_read_by_a_test():
    assert {path.stem for path in RELEASED.glob("settings-*.json")} == set(CASES)
