"""Every file that `collector.toml` can name is backed up, and sealed unless it is a CA."""

from pathlib import Path

import pytest

from collector.backup.contents import small_files
from collector.config import Config, load_config

OPTIONS = """\
inventory = "inventory.yaml"
data_dir = "data"
api_token_file = "api"
metrics_token_file = "metrics"
tls_certificate_file = "certificate"
tls_key_file = "key"
tls_ca_file = "province-ca"
master_key_file = "master"
[credentials]
file = "devices"
[log]
syslog = "tls://siem.example"
syslog_ca_file = "siem-ca"
[prometheus]
url = "https://p.example"
username = "doctor"
password_file = "prometheus-password"
ca_file = "prometheus-ca"
[alerts]
alertmanager_url = "https://a.example"
username = "govnet"
password_file = "alertmanager-password"
[grafana]
url = "https://g.example"
token_file = "grafana-token"
[[remote_write]]
name = "one"
url = "https://r.example"
token_file = "receiver-token"
"""
SEALED = {
    *("api", "metrics", "certificate", "key", "devices"),
    *("alertmanager-password", "prometheus-password", "grafana-token", "receiver-token"),
}
PLAIN = {"collector.toml", "inventory.yaml", "province-ca", "siem-ca", "prometheus-ca"}


@pytest.fixture
def config(tmp_path: Path, small_inventory_file: Path) -> Config:
    assert small_inventory_file == tmp_path / "inventory.yaml"
    (tmp_path / "collector.toml").write_text(OPTIONS)
    for name in (*SEALED, *PLAIN - {"collector.toml", "inventory.yaml"}, "master"):
        (tmp_path / name).write_text(name)
    return load_config(tmp_path / "collector.toml")


def test_all_that_the_configuration_names_is_in_it_but_the_master_key(
    config: Config, tmp_path: Path
):
    found = small_files(tmp_path / "data", config, tmp_path / "collector.toml")

    assert {one.name.removeprefix("files/") for one in found if one.is_secret} == SEALED
    assert {one.name.removeprefix("files/") for one in found if not one.is_secret} == PLAIN
