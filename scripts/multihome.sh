# shellcheck shell=bash
# A Multihome for a script to try something on: built, started on free ports with a state of its own, and stopped with the script.
#
# This file is sourced, after provide.sh. It wants $python, and leaves $program, $folder, $port, $nats_port and $metadata_port.

# free_ports <count>: in one line. They are all open at once, so that they differ.
free_ports() {
  "$python" -c 'import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(socket.getsockname()[1] for socket in sockets))' "$1"
}

stop_multihome() {
  local status=$?
  trap - EXIT
  if [ -n "${up:-}" ] && kill -0 "$up" 2>/dev/null; then
    kill -TERM "$up"
    wait "$up" || { say "multihome did not stop as it should (status $?)" && status=1; }
  fi
  if [ "$status" != 0 ] && [ -s "${folder:-}/log" ]; then
    say "the last of what multihome logged:"
    tail -n 30 "$folder/log" >&2
  fi
  [ -z "${folder:-}" ] || rm -rf "$folder"
  exit "$status"
}

# Leaves a built program in $program.
build_multihome() {
  program="${MULTIHOME_TEST_PROGRAM:-}"
  if [ -z "$program" ]; then
    provide_cargo
    provide_compiler
    program="$(cd "$root" && cargo build --locked --package multihome --message-format json-render-diagnostics |
      sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)" || refuse "the build failed, as said above"
  fi
  [ -x "$program" ] || refuse "there is no program at ${program:-the place where cargo puts it}"
}

start_multihome() {
  local nats_server="${MULTIHOME_TEST_NATS_SERVER:-}" name try
  build_multihome
  [ -n "$nats_server" ] || provide_nats_server

  folder="$(mktemp -d "${TMPDIR:-/tmp}/multihome-test.XXXXXX")"
  trap stop_multihome EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  # Settings of the surroundings are not part of what is tried.
  for name in $(compgen -e MULTIHOME_ || true); do unset "$name"; done
  # Somebody may take a port between the choice and the start, so the start itself is the check.
  for try in 1 2 3; do
    read -r port nats_port metadata_port <<<"$(free_ports 3)"
    "$program" up --no-tour --state "$folder/state" --listen "127.0.0.1:$port" --nats-port "$nats_port" --metadata-listen "127.0.0.1:$metadata_port" \
      --nats-server "$nats_server" >"$folder/said" 2>"$folder/log" &
    up=$!
    until grep -q 'Ctrl-C' "$folder/said"; do
      if ! kill -0 "$up" 2>/dev/null; then
        wait "$up" || say "multihome does not start (try $try): $(tail -n 1 "$folder/log")"
        up=
        break
      fi
      sleep 0.05
    done
    [ -z "$up" ] || break
  done
  [ -n "$up" ] || refuse "multihome could not be started, for the reasons above"
}
