# shellcheck shell=bash
# A private PostgreSQL for one run of a script: a fresh data folder, a free port of 127.0.0.1, a random password, gone at the end.
#
# This file is sourced, after provide.sh. It is tuned for tests: nothing is ever synchronised to disk, so its speed is not a measure of
# anything, and it never shares a port or a folder with a PostgreSQL of the machine.

# Leaves the folder with initdb and pg_ctl in $postgres_programs.
provide_postgres() {
  find_postgres && return
  if apt_install postgresql; then
    find_postgres && return
  fi
  refuse "PostgreSQL's server programs (initdb, pg_ctl) are needed; install them with: sudo apt-get install postgresql"
}

find_postgres() {
  local programs
  programs="$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)"
  [ -n "$programs" ] || programs="$(command -v initdb)" || return 1
  postgres_programs="$(dirname "$(readlink -f "$programs")")"
}

# Leaves the address in $postgres_url. The caller stops it with stop_postgres, from a trap.
start_postgres() {
  local password try port
  provide_postgres
  # The server refuses to run as root.
  postgres_user=()
  postgres_folder="$(mktemp -d "${TMPDIR:-/tmp}/multihome-postgres.XXXXXX")"
  password="$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')"
  printf '%s\n' "$password" >"$postgres_folder/password"
  if is_root; then
    local user=nobody
    if id postgres >/dev/null 2>&1; then user=postgres; fi
    chown -R "$user" "$postgres_folder"
    postgres_user=(runuser -u "$user" --)
  fi
  # A locale of the system is not needed, and a fresh machine may have none.
  as_postgres_quietly "$postgres_programs/initdb" --pgdata="$postgres_folder/data" --username=multihome --pwfile="$postgres_folder/password" \
    --auth=password --encoding=UTF8 --locale=C --no-sync --no-instructions
  as_postgres_quietly tee -a "$postgres_folder/data/postgresql.conf" <<'SETTINGS'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
shared_buffers = '128MB'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = '2GB'
SETTINGS
  # Somebody may take the port between the choice and the start, so the start itself is the check.
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 10000))
    if (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
    if as_postgres "$postgres_programs/pg_ctl" start --wait --silent --pgdata="$postgres_folder/data" --log="$postgres_folder/log" \
      --options="-p $port" >/dev/null 2>&1; then
      PGPASSWORD="$password" "$postgres_programs/createdb" --host=127.0.0.1 --port="$port" --username=multihome multihome
      postgres_url="postgres://multihome:$password@127.0.0.1:$port/multihome"
      say "started a private PostgreSQL $("$postgres_programs/postgres" --version | cut -d ' ' -f 3) on port $port"
      return
    fi
    say "PostgreSQL does not start on port $port (try $try): $(as_postgres tail -n 1 "$postgres_folder/log")"
  done
  refuse "a private PostgreSQL could not be started, for the reasons above"
}

stop_postgres() {
  [ -n "${postgres_folder:-}" ] || return 0
  as_postgres "$postgres_programs/pg_ctl" stop --mode=immediate --silent --pgdata="$postgres_folder/data" >/dev/null 2>&1 || true
  rm -rf "$postgres_folder"
  postgres_folder=
}

# From the root folder, because the user of the server may not be allowed to look into the present one.
as_postgres() { (cd / && "${postgres_user[@]}" "$@"); }

# as_postgres, whose output is shown only when it fails.
as_postgres_quietly() {
  local output
  output="$(as_postgres "$@" 2>&1)" || refuse "$(basename "$1") failed: $(printf '%s' "$output" | tail -n 1)"
}
