"""What `govnet demo` gives to the programs it starts."""

from pathlib import Path

import yaml

from collector.demo import prometheus_config

SHIPPED = Path(__file__).parents[2] / "deploy" / "prometheus" / "prometheus.yml"


def test_prometheus_scrapes_in_the_demo_as_it_does_in_a_province():
    """Only addresses, the interval and the receivers of alerts differ."""
    shipped = yaml.safe_load(SHIPPED.read_text("utf-8"))
    demo = yaml.safe_load(prometheus_config("http://127.0.0.1:1", Path("/rules")))

    (there,), (here,) = shipped["scrape_configs"], demo["scrape_configs"]
    assert there.pop("http_sd_configs")
    assert here.pop("http_sd_configs")[0]["url"] == "http://127.0.0.1:1/v1/sd/prometheus"
    assert here == there
    assert demo["rule_files"] == ["/rules/*.yml"]
