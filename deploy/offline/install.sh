#!/bin/bash
# Installs or upgrades govnet from the folder in which it lies, without a network: ./install.sh --help
#
# Nothing of the stick is used before every byte of it is known to be what was signed. The only
# source that apt gets is the stick. Done twice it changes nothing.
set -euo pipefail
umask 022

readonly PROGRAM=${0##*/}
readonly DONE=0 FAILED=1 BAD_INPUT=2 NOT_AS_SIGNED=3 UNFIT=4
readonly CONFIG=/etc/govnet DATA=/var/lib/govnet BACKUPS=/var/lib/govnet-backup
readonly SHARE=/usr/share/govnet PROMETHEUS=/etc/prometheus
readonly KEPT_KEY=$CONFIG/bundle-key.pub

stick=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly stick
what='' public_key='' manifest_sum='' token_file='' province='' name='' allow_older=no

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
  en*) language='en' ;;
  *) language='vi' ;;
esac

tell() { # VIETNAMESE ENGLISH
  if [ $language = en ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}
step() { printf '\n== %s\n' "$(tell "$1" "$2")"; }
stop() { # STATUS VIETNAMESE ENGLISH
  printf '%s: %s\n' "$PROGRAM" "$(tell "$2" "$3")" >&2
  exit "$1"
}

usage() {
  tell "Cài đặt hoặc nâng cấp govnet từ USB này, không cần mạng.

  ./install.sh verify                  chỉ kiểm tra USB, không cài gì
  ./install.sh centre [TUỲ CHỌN]       máy chủ trung tâm, kèm Prometheus và Alertmanager nếu có trên USB
  ./install.sh agent [TUỲ CHỌN]        tác tử trên máy này

  --public-key FILE       khoá công khai của người làm USB, được đưa đến bằng đường khác
                          (mặc định: $KEPT_KEY, giữ lại từ lần cài đầu)
  --manifest-sha256 HEX   thay cho khoá, khi máy chưa có openssl: mã mà «govnet bundle make» đã in,
                          đọc qua điện thoại
  --province MÃ           centre: viết danh mục đầu tiên, nếu chưa có (mã hoặc tên tỉnh)
  --name TÊN              centre: tên hoặc địa chỉ mà các máy trong tỉnh dùng để tìm máy này; tạo chứng thư, nếu chưa có
  --token-file FILE       agent: mã ghi danh của «govnet token create»
  --allow-older           cho phép quay về phiên bản cũ hơn (docs/nang-cap.md)

Cùng một lệnh để nâng cấp: trung tâm được sao lưu trước. English: LANG=en_US.UTF-8 ./install.sh --help
Kết thúc bằng: 0 xong; 1 cài dở dang, lời cuối nói ở bước nào; 2 gõ sai; 3 USB không đúng như đã ký;
4 máy này không phù hợp. Với 2, 3 và 4 chưa có gì bị thay đổi." \
    "Installs or upgrades govnet from this USB stick; needs no network.

  ./install.sh verify                  only check the stick, install nothing
  ./install.sh centre [OPTION...]      the centre, with Prometheus and Alertmanager if they are on the stick
  ./install.sh agent [OPTION...]       the agent on this machine

  --public-key FILE       of whoever made the stick; it came by another way
                          (default: $KEPT_KEY, kept from the first time)
  --manifest-sha256 HEX   instead of a key, on a machine without openssl: what \`govnet bundle make\`
                          printed, read over the telephone
  --province CODE         centre: write the first inventory, if there is none (code or name)
  --name HOST             centre: by which the province's machines find this one; makes the certificate, if there is none
  --token-file FILE       agent: the word that \`govnet token create\` printed
  --allow-older           go back to an older version (docs/upgrade.md)

The same command upgrades: the centre is backed up first.
Ends with: 0 done; 1 stopped half-way, the last line says where; 2 wrong words; 3 the stick is not what was
signed; 4 this machine does not fit. With 2, 3 and 4 nothing has been changed."
}

bad_input() { stop $BAD_INPUT "$1 (./install.sh --help)" "$2 (./install.sh --help)"; }

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit $DONE
        ;;
      verify | centre | agent)
        [ -z "$what" ] || bad_input "chỉ một việc một lần: $what hoặc $1" "one thing at a time: $what or $1"
        what=$1
        ;;
      --allow-older) allow_older=yes ;;
      --public-key | --manifest-sha256 | --province | --name | --token-file)
        [ $# -gt 1 ] || bad_input "$1: thiếu giá trị" "$1: expected a value"
        case $1 in
          --public-key) public_key=$2 ;;
          --manifest-sha256) manifest_sum=${2,,} ;;
          --province) province=$2 ;;
          --name) name=$2 ;;
          --token-file) token_file=$2 ;;
        esac
        shift
        ;;
      *) bad_input "không hiểu «$1»" "what is '$1'" ;;
    esac
    shift
  done
  [ -n "$what" ] || bad_input "cần một trong: verify, centre, agent" "expected one of: verify, centre, agent"
  for file in "$public_key" "$token_file"; do
    [ -z "$file" ] || { [ -f "$file" ] && [ -r "$file" ]; } || bad_input "$file: không đọc được" "$file: cannot be read"
  done
  # The work is done from within the stick; a file was named from where the person stands.
  [ -z "$public_key" ] || public_key=$(realpath "$public_key")
  [ -z "$token_file" ] || token_file=$(realpath "$token_file")
  if [ "$what" != centre ] && [ -n "$province$name" ]; then
    bad_input "--province và --name chỉ dùng với centre" "--province and --name belong to centre"
  fi
  if [ -n "$name" ] && [[ ! $name =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ ]]; then
    bad_input "--name: cần tên máy hoặc địa chỉ IPv4, không phải «$name»" \
      "--name: expected a host name or IPv4 address, found '$name'"
  fi
  if [ "$what" != agent ] && [ -n "$token_file" ]; then
    bad_input "--token-file chỉ dùng với agent" "--token-file belongs to agent"
  fi
}

refuse() {
  stop $NOT_AS_SIGNED "TỪ CHỐI: $1. Không cài gì; hỏi người đã làm USB." \
    "REFUSED: $2. Nothing was installed; ask whoever made the stick."
}

# First who made the list, then every byte by the list, then that nothing else is there.
verify_stick() {
  step "Kiểm tra USB: $stick" "Checking the stick: $stick"
  cd "$stick"
  [ -f MANIFEST ] || refuse "thiếu MANIFEST" "MANIFEST is missing"
  verify_maker
  verify_files
  tell "Mọi file đúng như đã ký." "Every file is as it was signed."
}

verify_maker() {
  if [ -n "$manifest_sum" ]; then
    printf '%s  MANIFEST\n' "$manifest_sum" | sha256sum --status --strict -c - ||
      refuse "MANIFEST không có mã $manifest_sum" "MANIFEST has not the sum $manifest_sum"
    return
  fi
  if [ -z "$public_key" ]; then
    # The agent's user may make files in that folder: only root's word counts.
    if [ ! -f "$KEPT_KEY" ] || [ "$(stat -c %u "$KEPT_KEY")" != 0 ]; then
      bad_input "cần --public-key FILE" "expected --public-key FILE"
    fi
    public_key=$KEPT_KEY
  fi
  command -v openssl >/dev/null ||
    bad_input "máy chưa có openssl: dùng --manifest-sha256" "there is no openssl here: give --manifest-sha256"
  openssl pkeyutl -verify -rawin -pubin -inkey "$public_key" -in MANIFEST -sigfile MANIFEST.sig >/dev/null 2>&1 ||
    refuse "MANIFEST không do chủ của $public_key ký" "MANIFEST was not signed by the owner of $public_key"
}

verify_files() {
  local strange found
  found=$(sha256sum --quiet --strict -c MANIFEST 2>&1) ||
    refuse "file bị thay đổi hoặc bị thiếu: $found" "files are changed or missing: $found"
  strange=$(find . ! -type d ! -path ./MANIFEST ! -path ./MANIFEST.sig -printf '%P\n' |
    LC_ALL=C sort | LC_ALL=C comm -23 - <(cut -c67- MANIFEST))
  [ -z "$strange" ] || refuse "file lạ: $strange" "files that nobody signed: $strange"
}

# Which of our packages is on the stick, with its version; nothing if it is not.
version_on_stick() { sed -n "s|^[0-9a-f]\{64\}  debs/$1_\([^_/]*\)_[^/]*\.deb$|\1|p" "$stick/MANIFEST"; }
version_here() { # PACKAGE; nothing if it is not installed
  { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p'
}

# Whatever this machine lacks for the work, told before anything is changed.
check_machine() { # PACKAGE
  local release architecture here there needed free
  step "Xem máy này có phù hợp không" "Looking whether this machine fits"
  [ "$(id -u)" = 0 ] || stop $UNFIT "cần quyền root: sudo ./install.sh ..." "must be root: sudo ./install.sh ..."
  there=$(version_on_stick "$1")
  [ -n "$there" ] || stop $UNFIT "USB không có gói $1" "the stick has no package $1"
  read -r release architecture <"$stick/debs/TARGET"
  # shellcheck source=/dev/null
  here=$(. /etc/os-release && echo "${VERSION_CODENAME:-?}")
  [ "$here $(dpkg --print-architecture)" = "$release $architecture" ] ||
    stop $UNFIT "USB dành cho Debian $release $architecture, máy này là $here $(dpkg --print-architecture)" \
      "the stick is for Debian $release $architecture, this is $here $(dpkg --print-architecture)"
  needed=$(($(du -sk "$stick/debs" | cut -f1) * 4))
  free=$(df -Pk /var/lib | awk 'NR == 2 {print $4}')
  [ "$free" -gt "$needed" ] ||
    stop $UNFIT "đĩa còn $((free / 1024)) MiB, cần $((needed / 1024)) MiB" \
      "the disk has $((free / 1024)) MiB left, $((needed / 1024)) MiB are needed"
  here=$(version_here "$1")
  if [ -z "$here" ]; then
    tell "Cài mới $1 $there." "New: $1 $there."
  elif dpkg --compare-versions "$here" gt "$there"; then
    [ $allow_older = yes ] || stop $UNFIT \
      "máy này có $1 $here, mới hơn USB ($there); muốn quay về: docs/nang-cap.md" \
      "$1 $here here is newer than the stick's $there; to go back: docs/upgrade.md"
    tell "Quay về $1 $there từ $here." "Going back to $1 $there from $here."
  else
    tell "$1: từ $here lên $there." "$1: from $here to $there."
  fi
}

back_up() {
  [ -n "$(version_here govnet)" ] && [ -e $DATA/govnet.sqlite3 ] || return 0
  step "Sao lưu trung tâm vào $BACKUPS trước khi nâng cấp" "Backing the centre up to $BACKUPS first"
  install -d -o govnet -g govnet -m 700 $BACKUPS
  govnet backup --to $BACKUPS ||
    stop $FAILED "không sao lưu được, nên chưa nâng cấp gì" "no backup, so nothing was upgraded"
}

# The stick is apt's only source, and its lists are apart from the machine's.
install_packages() { # PACKAGE...
  local options
  step "Cài các gói, chừng một phút: $*" "Installing, about a minute: $*"
  # A name without spaces, wherever the stick is mounted; _apt must get through.
  chmod 755 "$work"
  ln -s "$stick" "$work/stick"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb [trusted=yes] file:$work/stick/debs ./" >"$work/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o DPkg::Lock::Timeout=300
    -o APT::Install-Suggests=false -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
  if [ $allow_older = yes ]; then options+=(--allow-downgrades); fi
  {
    apt-get "${options[@]}" update &&
      DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" --yes install "$@"
  } </dev/null >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log" >&2
    stop $FAILED "apt không cài được; sửa điều nó nói rồi chạy lại lệnh này" \
      "apt could not; mend what it says and give the same command again"
  }
}

# Writes a file once; what somebody has edited since stays.
lay() { # SOURCE TARGET
  if [ -e "$2" ]; then
    tell "$2: giữ nguyên" "$2: stays as it is"
  else
    install -D -m 644 "$1" "$2"
    tell "$2: đã ghi" "$2: written"
  fi
}

keep_key() {
  if [ -z "$public_key" ] || [ "$public_key" -ef $KEPT_KEY ]; then return; fi
  install -D -m 644 "$public_key" $KEPT_KEY
}

# An option of collector.toml that stands before its tables, unless somebody has set it.
set_option() { # NAME VALUE
  awk -v name="$1" '/^ *\[/ { exit } $0 ~ "^ *" name " *=" { is_set = 1 } END { exit !is_set }' \
    $CONFIG/collector.toml || sed -i "1i $1 = \"$2\"" $CONFIG/collector.toml
}

# A table at the end of collector.toml, unless somebody has written one of its name.
add_table() { # HEADING LINE...
  grep -qxF -e "$1" $CONFIG/collector.toml || printf '%s\n' '' "$@" >>$CONFIG/collector.toml
}

write_inventory() {
  if [ -e $CONFIG/inventory/inventory.yaml ]; then return; fi
  if [ -z "$province" ]; then
    tell "Chưa có danh mục: govnet init --province MÃ $CONFIG/inventory" \
      "There is no inventory yet: govnet init --province CODE $CONFIG/inventory"
    return
  fi
  step "Viết danh mục đầu tiên" "Writing the first inventory"
  govnet init --province "$province" $CONFIG/inventory >/dev/null ||
    stop $FAILED "không viết được danh mục" "the inventory could not be written"
}

make_certificate() {
  if [ -e $DATA/tls/ca.pem ]; then return; fi
  if [ -z "$name" ]; then
    tell "Chưa có chứng thư: chạy lại lệnh này với --name TÊN" \
      "There is no certificate yet: give this command again with --name HOST"
    return
  fi
  step "Tạo CA và chứng thư cho $name" "Making a CA and the certificate of $name"
  govnet tls init --name "$name" --data $DATA ||
    stop $FAILED "không tạo được chứng thư" "the certificate could not be made"
  set_option url "https://$name:8470"
}

set_up_monitoring() {
  if [ ! -e $DATA/tls/ca.pem ] || [ -z "$(version_here prometheus)" ]; then return; fi
  step "Prometheus lấy số liệu của trung tâm" "Prometheus scrapes the collector"
  if [ ! -e $CONFIG/metrics-token ]; then
    head -c 32 /dev/urandom | sha256sum | cut -c1-64 |
      install -m 640 -o root -g govnet /dev/stdin $CONFIG/metrics-token
  fi
  set_option metrics_token_file metrics-token
  set_option scrape_address 127.0.0.1:8470
  add_table '[prometheus]' 'url = "http://127.0.0.1:9090"'
  add_table '[[remote_write]]' 'name = "prometheus"' 'url = "http://127.0.0.1:9090/api/v1/write"'
  install -m 640 -g prometheus $CONFIG/metrics-token $PROMETHEUS/govnet-token
  install -m 644 $DATA/tls/ca.pem $PROMETHEUS/govnet-ca.pem
  if [ ! -e /etc/systemd/system/prometheus.service.d/govnet.conf ] &&
    { dpkg --verify prometheus || true; } | grep -q ' c /etc/'; then
    tell "Prometheus ở đây đã có cấu hình riêng: giữ nguyên. Tự đưa $SHARE/prometheus/centre.yml vào." \
      "Prometheus has its own configuration here, which stays. Take $SHARE/prometheus/centre.yml into it."
    return
  fi
  lay $SHARE/prometheus/centre.yml $PROMETHEUS/govnet.yml
  drop_in prometheus
  if [ -n "$(version_here prometheus-alertmanager)" ]; then
    lay $SHARE/alertmanager/alertmanager.yml $PROMETHEUS/govnet-alertmanager.yml
    for file in "$SHARE"/alertmanager/templates/*; do lay "$file" "$PROMETHEUS/templates/${file##*/}"; done
    drop_in prometheus-alertmanager
    add_table '[alerts]' 'alertmanager_url = "http://127.0.0.1:9093"'
    tell "Sửa những chỗ có chữ SỬA trong $PROMETHEUS/govnet-alertmanager.yml (docs/alerts.md)." \
      "Edit what is marked SỬA in $PROMETHEUS/govnet-alertmanager.yml (docs/alerts.md)."
  fi
}

drop_in() { # SERVICE
  lay "$SHARE/systemd/$1.service.d/govnet.conf" "/etc/systemd/system/$1.service.d/govnet.conf"
}

set_up_grafana() {
  local file
  if [ -z "$(version_here grafana)" ]; then return; fi
  step "Grafana: nguồn số liệu và các bảng" "Grafana: its source and the dashboards"
  for file in datasources dashboards; do
    lay $SHARE/grafana/provisioning/$file/govnet.yaml /etc/grafana/provisioning/$file/govnet.yaml
  done
  # A copy of its own: where a provider's folder vanishes while a package is upgraded, so do the boards.
  rm -rf /var/lib/grafana/dashboards/govnet
  install -d /var/lib/grafana/dashboards
  cp -r $SHARE/dashboards /var/lib/grafana/dashboards/govnet
}

restart() { # SERVICE...
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable --quiet "$@"
    systemctl restart "$@" ||
      stop $FAILED "không khởi động được: journalctl -u $1" "cannot be started: journalctl -u $1"
  else
    tell "Máy không chạy systemd: tự khởi động $*." "No systemd runs here: start $* yourself."
  fi
}

install_centre() {
  local package packages services=(govnet)
  check_machine govnet
  back_up
  packages=("govnet=$(version_on_stick govnet)")
  for package in prometheus prometheus-alertmanager grafana openssl msitools; do
    if [ -n "$(version_on_stick $package)" ]; then packages+=("$package"); fi
  done
  install_packages "${packages[@]}"
  keep_key
  write_inventory
  make_certificate
  set_up_monitoring
  set_up_grafana
  for package in prometheus prometheus-alertmanager; do
    if [ -e /etc/systemd/system/$package.service.d/govnet.conf ]; then services+=("$package"); fi
  done
  if [ -e /etc/grafana/provisioning/datasources/govnet.yaml ]; then services+=(grafana-server); fi
  if [ -e $CONFIG/inventory/inventory.yaml ] && [ -e $DATA/tls/ca.pem ]; then
    step "Khởi động" "Starting"
    restart "${services[@]}"
  fi
  step "Xong" "Done"
  tell "Còn thiếu gì: govnet doctor. Trang giám sát: govnet login-link. Ngày đầu tiên: /usr/share/doc/govnet/ngay-dau-tien.md
Giữ một bản của $CONFIG/master.key ở nơi khác: không có nó thì bản sao lưu không dùng được." \
    "What is missing: govnet doctor. The pages: govnet login-link. The first day: /usr/share/doc/govnet/first-day.md
Keep a copy of $CONFIG/master.key elsewhere: without it no backup can be used."
}

install_agent() {
  check_machine govnet-agent
  if [ -n "$token_file" ]; then
    if [ -e /var/lib/govnet-agent/identity.json ] || [ -e $CONFIG/agent.toml ]; then
      tell "Máy này đã ghi danh; không dùng mã." "This machine is enrolled already; the token is not used."
    else
      # Before the package: its service finds the word as soon as it starts. A folder that is there
      # keeps the rights that a package gave it.
      [ -d $CONFIG ] || install -d -m 755 $CONFIG
      install -m 600 "$token_file" $CONFIG/enrol-token
    fi
  fi
  install_packages "govnet-agent=$(version_on_stick govnet-agent)"
  keep_key
  step "Khởi động" "Starting"
  restart govnet-agent
  step "Xong" "Done"
  tell "Xem: govnet-agent status («Đã kết nối» khi trung tâm đã nhận)." \
    "Look: govnet-agent status (it says «Đã kết nối» once the centre has it)."
}

read_options "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
verify_stick
case $what in
  centre) install_centre ;;
  agent) install_agent ;;
esac
