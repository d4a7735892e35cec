# Every verb sets up what it needs. On a fresh Debian: apt-get install -y make, then one of these.

SHELL := /bin/bash
PYTHON ?= python3
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
VENV := .venv
BIN := $(VENV)/bin
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' govnet/__init__.py)

# Real parts that the tests and benchmarks talk to.
TEST_PACKAGES := chromium fonts-dejavu iputils-ping iproute2 kamailio kamailio-tls-modules baresip \
  prometheus prometheus-alertmanager prometheus-node-exporter prometheus-pushgateway \
  victoria-metrics gammu-smsd curl openssl dovecot-imapd dovecot-pop3d nut-server \
  gir1.2-gst-rtsp-server-1.0 python3-gi dnsmasq-base lldpd snmpd snmp tshark
# A syslog server, over TLS too.
TEST_PACKAGES += rsyslog rsyslog-gnutls
# Images are built on a bare Debian and run; real proxies stand before a real collector.
TEST_PACKAGES += buildah haproxy mmdebstrap nginx-light podman runc shellcheck
# A bare Debian to install our packages in and to boot; systemd's judgement of our units, what they call.
TEST_PACKAGES += debian-archive-keyring systemd systemd-container strace
# What builds the Windows installer, and Wine, in which it is tried.
TEST_PACKAGES += gcc-mingw-w64-x86-64 msitools osslsigncode unzip wine wine64 wixl

# The tests start hundreds of Python processes, which start sooner from what is compiled already.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo install test check e2e deb msi wheel packages docs dashboards dashboards-check screenshots bench fuzz fresh clean

demo: $(VENV)/collector-installed  ## a simulated province on this machine
	$(BIN)/govnet demo

install: $(VENV)/collector-installed  ## govnet and govnet-agent, in .venv/bin

# Two at a time; then, two at a time, what builds and installs; then alone what starts real parts and
# measures how long they take. All run whatever the others find; the last lines say how each ended.
test: check  ## everything: lint, types, imports, all tests with real parts
	@set -o pipefail; status=0; \
	$(BIN)/pytest -n 2 --dist worksteal -m 'not e2e' | tee $(VENV)/not-e2e.log || status=1; \
	$(BIN)/pytest -n 2 --dist loadfile -m installs | tee $(VENV)/installs.log || status=1; \
	$(BIN)/pytest -m 'e2e and not installs' | tee $(VENV)/e2e.log || status=1; \
	tail -qn 1 $(VENV)/not-e2e.log $(VENV)/installs.log $(VENV)/e2e.log; exit $$status

check: $(VENV)/dev-installed .apt-packages-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

e2e: $(VENV)/dev-installed .apt-packages-installed
	$(BIN)/pytest -m e2e

docs: $(VENV)/dev-installed  ## write the pages that are made from the code
	$(BIN)/govnet metrics-doc > docs/metrics.md
	$(BIN)/python -m agent.devices.document > docs/devices.md
	$(BIN)/python -m inventory.workbook.document > docs/workbook.md

# Each package is built by its own script, which says what may be given (WHEELS, ARCH, ...).
deb: $(VENV)/bin/python  ## the Debian packages of centre and agent, in dist/
	PIP='$(BIN)/python -m pip' deploy/debian/build.sh

# The official embeddable zip of python.org and its SHA-256; without them a stand-in for tests.
WINDOWS_PYTHON ?= .cache/windows/test-python.zip
WINDOWS_PYTHON_SHA256 ?= $(if $(filter .cache/%,$(WINDOWS_PYTHON)),$(shell sha256sum $(WINDOWS_PYTHON) | \
  cut -d' ' -f1),$(error WINDOWS_PYTHON_SHA256=... of $(WINDOWS_PYTHON) is missing))

.cache/windows/test-python.zip: deploy/windows/build-runtime.sh deploy/windows/service/python.c | $(VENV)/dev-installed .apt-packages-installed
	PYTHON=$(BIN)/python deploy/windows/build-runtime.sh $@

msi: $(VENV)/dev-installed .apt-packages-installed $(filter-out https://%,$(WINDOWS_PYTHON))  ## the agent's Windows installer, in dist/
	PYTHON=$(BIN)/python deploy/windows/build.sh --python $(WINDOWS_PYTHON) --sha256 $(WINDOWS_PYTHON_SHA256) --output dist
	deploy/windows/build-setup.sh --stub-only dist/govnet-setup-$(VERSION)-x64.exe
	@case '$(WINDOWS_PYTHON)' in .cache/*) echo 'dist/govnet-agent-$(VERSION)-x64-test.msi is for TESTS only: for real PCs name WINDOWS_PYTHON=python-3.11.x-embed-amd64.zip and its WINDOWS_PYTHON_SHA256' >&2 ;; esac

wheel: $(VENV)/bin/python  ## govnet itself for pip, in dist/
	rm -rf build
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	rm -rf build

packages: deb wheel msi  ## all packages, in dist/; for Windows: WINDOWS_PYTHON=... WINDOWS_PYTHON_SHA256=...

dashboards: $(VENV)/dev-installed  ## write the JSON of the Grafana dashboards from dashboards/source
	$(BIN)/python -m dashboards.source write

dashboards-check: $(VENV)/collector-installed  ## ask every query of the dashboards: make dashboards-check URL=http://127.0.0.1:9090
	$(BIN)/python -m dashboards.source check $(if $(CA),--ca $(CA)) $(or $(URL),$(error URL=http://... of your Prometheus is missing))

screenshots: $(VENV)/dev-installed .apt-packages-installed  ## docs/img, from a first day that is lived again and from the demo
	$(SUDO) env PYTHONPATH=. $(BIN)/python -m tests.e2e.first_day.pictures
	PYTHONPATH=. $(BIN)/python -m tests.e2e.first_day.page_pictures

bench: $(VENV)/dev-installed .apt-packages-installed
	$(BIN)/python -m bench

fuzz: $(VENV)/dev-installed  ## ten minutes of hostile bytes; FUZZ_SECONDS sets the time
	$(BIN)/python -m fuzz

fresh:  ## the README's two commands on a clean Debian 12, timed; STEP=demo or STEP=test for one of them
	command -v mmdebstrap >/dev/null || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends mmdebstrap; }
	$(SUDO) $(PYTHON) -m tests.fresh $(STEP)

$(VENV)/bin/python:
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/collector-installed: setup.py | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[agent,collector]'
	touch $@

$(VENV)/dev-installed: setup.py | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

# Services of these packages must not start by themselves: the tests start their own.
.apt-packages-installed: Makefile
	$(SUDO) apt-get update -qq
	printf '#!/bin/sh\nexit 101\n' | $(SUDO) tee /usr/sbin/policy-rc.d >/dev/null
	$(SUDO) chmod +x /usr/sbin/policy-rc.d
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(TEST_PACKAGES) >/dev/null; \
	  status=$$?; $(SUDO) rm -f /usr/sbin/policy-rc.d; exit $$status
	touch $@

clean:
	rm -rf $(VENV) .apt-packages-installed .cache build dist *.egg-info
