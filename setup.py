"""One distribution for both sides: `pip install .[agent]` on a PC, `.[collector]` in the centre.

The import names are the folder names, so every tool works from a checkout. Packages are listed
by hand because automatic discovery refuses a tree with several top-level packages.
"""

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
VERSION = re.findall(r'__version__ = "(.+)"', (HERE / "govnet/__init__.py").read_text("utf-8"))[0]

AGENT = ["cryptography>=47", "psutil>=7", "pyasn1>=0.6", "pysnmp>=7.1.30", "pyyaml>=6.0.2"]
COLLECTOR = [
    "alembic>=1.13",
    "cryptography>=43",
    "cramjam>=2.9",
    "holidays>=0.109",
    "httptools>=0.6",
    "icalendar>=6.1",
    "isal>=1.7",
    "jinja2>=3.1",
    "msgspec>=0.19",
    "openpyxl>=3.1.5",
    "orjson>=3.10",
    "prometheus_client>=0.21",
    "protobuf>=5.29",
    "pyyaml>=6.0.2",
    "recurring-ical-events>=3.3",
    "requests>=2.32",
    "sqlalchemy>=2.0.36",
    "starlette>=0.40",
    "uvicorn>=0.32",
    "uvloop>=0.21; sys_platform != 'win32'",
]
# Tools that judge the code are pinned: their next release must not turn a good checkout red.
DEV = [
    "aiosmtpd>=1.4",
    "atheris>=3.0; sys_platform == 'linux'",
    "axe-playwright-python>=0.1.4",
    "httpx>=0.27",
    "hypothesis>=6.115",
    "import-linter==2.16",
    "mypy==2.4.1",
    "playwright>=1.49",
    "pytest>=8.3,<10",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.6",
    "ruff==0.17.6",
    "snmpsim>=1.2.2",
    "snmpsim-data>=1.0.1",
    "types-PyYAML",
    "types-openpyxl",
    "types-protobuf",
    "types-psutil",
    "types-requests",
]

setup(
    name="govnet",
    version=VERSION,
    description="Which government offices are connected, why the others are not, "
    "and whether the conference will work.",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=[
        "agent",
        "agent.byhand",
        "agent.checks",
        "agent.devices",
        "agent.enrolment",
        "agent.facts",
        "agent.identity",
        "agent.listening",
        "agent.measuring",
        "agent.probe",
        "agent.probe.crl",
        "agent.probe.dns",
        "agent.probe.hardware",
        "agent.probe.icmp",
        "agent.probe.network",
        "agent.probe.nut",
        "agent.probe.ocsp",
        "agent.probe.ras",
        "agent.probe.sip",
        "agent.probe.snmp",
        "agent.probe.stamp",
        "agent.probe.system",
        "agent.probe.tcp",
        "agent.probe.udp",
        "agent.profiles",
        "agent.sending",
        "agent.spool",
        "agent.transport",
        "agent.onsite",
        "collector",
        "collector.alerts",
        "collector.commands",
        "collector.derivation",
        "collector.discovery",
        "collector.history",
        "collector.intake",
        "collector.maintenance",
        "collector.metrics",
        "collector.pages",
        "collector.readiness",
        "collector.series",
        "collector.store",
        "collector.store.migrations",
        "collector.store.migrations.versions",
        "collector.tls",
        "collector.verdict",
        "collector.verdict.evidence",
        "collector.verdict.outages",
        "collector.verdict.shared",
        "collector.verdict.site",
        "collector.web",
        "govnet",
        "govnet.catalogue",
        "govnet.settings",
        "inventory",
        "inventory.editing",
        "inventory.units",
        "inventory.workbook",
        "simulator",
    ],
    package_data={
        "agent": ["py.typed"],
        "agent.profiles": ["*.yaml"],
        "collector": ["py.typed"],
        "collector.pages": ["templates/*.html", "static/*"],
        "govnet": ["py.typed"],
        "inventory": ["py.typed"],
        "inventory.units": ["data/*.csv", "data/README.md"],
        "simulator": ["py.typed", "faults/*.json"],
    },
    extras_require={
        "agent": AGENT,
        "collector": COLLECTOR,
        "dev": [*AGENT, *COLLECTOR, *DEV],
    },
    entry_points={
        "console_scripts": [
            "govnet = collector.cli:main",
            "govnet-agent = agent.cli:main",
            "govnet-simulator = simulator.cli:main",
        ]
    },
)
