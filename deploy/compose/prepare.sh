#!/usr/bin/env bash
# Makes the folder that govnet's centre runs in with compose, or brings it to this version.
set -euo pipefail

usage() {
  cat <<'END'
usage: prepare.sh NAME FOLDER

Make FOLDER (such as /srv/govnet) ready for `docker compose up`: NAME is how agents and browsers find
this machine (centre.province.example). As root: secrets are given to the users of their containers.

Secrets are random, made once and kept. Given again, it brings what is shipped to this version
(compose.yaml, rules, dashboards, proxy) and keeps what is yours: .env, collector.toml, alertmanager/,
inventory/, secrets/.

Tạo thư mục FOLDER để chạy trung tâm govnet bằng compose; NAME là tên mà máy trạm và trình duyệt dùng.
Chạy lại để nâng cấp: tệp của tỉnh (.env, collector.toml, alertmanager/, inventory/, secrets/) giữ nguyên.
END
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then usage; exit 0; fi
if [[ $# -ne 2 ]]; then usage >&2; exit 2; fi
name=$1 folder=$2
if [[ ! $name =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ ]]; then
  echo "NAME: expected a host name or IPv4 address, found '$name'" >&2
  exit 2
fi
if [[ $(id -u) -ne 0 ]]; then echo "prepare.sh: run it as root (sudo)" >&2; exit 2; fi

here=$(cd "$(dirname "$0")" && pwd)
shipped=$here/..
# In a checkout the dashboards lie one folder higher than where govnet is installed.
dashboards=$shipped/dashboards
[[ -d $dashboards ]] || dashboards=$shipped/../dashboards

# Users of the containers, as compose.yaml says.
readonly COLLECTOR=8470 PROMETHEUS=65534 GRAFANA=472 NGINX=101

# What is shipped: readable by every container, replaced each time.
install -d -m 0755 "$folder" "$folder"/{prometheus,alertmanager,proxy,grafana}
install -m 0644 "$here/compose.yaml" "$here/README.md" "$folder/"
install -m 0644 "$here/prometheus.yml" "$folder/prometheus/"
install -m 0644 "$here/nginx.conf" "$folder/proxy/"
install -d "$folder/prometheus/rules"
install -m 0644 "$shipped"/prometheus/rules/*.yml "$folder/prometheus/rules/"
rm -rf "$folder/grafana/provisioning" "$folder/grafana/dashboards"
cp -R "$shipped/grafana/provisioning" "$folder/grafana/provisioning"
sed -i 's#http://127.0.0.1:9090#http://prometheus:9090#' "$folder/grafana/provisioning/datasources/govnet.yaml"
mkdir "$folder/grafana/dashboards"
for board in "$dashboards"/*/*.json; do
  to=$folder/grafana/dashboards/$(basename "$(dirname "$board")")
  mkdir -p "$to"
  sed "s#http://127.0.0.1:8470#https://$name:8470#g" "$board" > "$to/$(basename "$board")"
done
chmod -R u=rwX,go=rX "$folder/grafana" "$folder/prometheus"

# What is the province's: made once.
keep() { [[ -e $1 ]] || { install "${@:3}" -m 0644 "$2" "$1"; sed -i "s#^NAME=\$#NAME=$name#; s#//NAME:#//$name:#" "$1"; }; }
keep "$folder/.env" "$here/.env.example"
keep "$folder/collector.toml" "$here/collector.toml"
if [[ ! -e $folder/alertmanager/alertmanager.yml ]]; then
  cp -R "$shipped/alertmanager/alertmanager.yml" "$shipped/alertmanager/templates" "$folder/alertmanager/"
  chmod -R u=rwX,go=rX "$folder/alertmanager"
fi
[[ -d $folder/inventory ]] || install -d -o "$COLLECTOR" -g "$COLLECTOR" -m 0755 "$folder/inventory"
# compose mounts it; the step «tls init» fills it.
[[ -e $folder/prometheus/govnet-ca.pem ]] || install -m 0644 /dev/null "$folder/prometheus/govnet-ca.pem"

# Secrets: random, each readable by whom it is for.
random_hex() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; echo; }
# Neither written nor followed through a name that a container chose: the collector's user may write to
# the folder of the master key, and this runs as root.
secret() { # FILE USER GROUP MODE
  local draft=$folder/secrets/.draft
  if [[ -L $1 ]]; then echo "$1: expected a file, found a link" >&2; exit 1; fi
  if [[ ! -s $1 ]]; then
    (umask 077; random_hex > "$draft")
    chown "$2:$3" "$draft"
    chmod "$4" "$draft"
    mv -fT "$draft" "$1"
  fi
  chown --no-dereference "$2:$3" "$1"
}
install -d -m 0711 "$folder/secrets"
install -d -o "$COLLECTOR" -g "$COLLECTOR" -m 0700 "$folder/secrets/collector"
secret "$folder/secrets/collector/master-key" "$COLLECTOR" "$COLLECTOR" 0600
secret "$folder/secrets/metrics-token" "$COLLECTOR" "$PROMETHEUS" 0440
secret "$folder/secrets/grafana-admin-password" "$GRAFANA" 0 0400
for file in proxy-certificate.pem proxy-key.pem; do
  if [[ -e $folder/secrets/$file ]]; then
    chown "$NGINX:$NGINX" "$folder/secrets/$file"
    chmod 0400 "$folder/secrets/$file"
  fi
done

cat <<END
$folder: sẵn sàng / ready.
Việc tiếp theo / next: $folder/README.md, từ bước 2 / from step 2.
Giữ bản sao của / keep a copy elsewhere of: $folder/secrets/collector/master-key
END
