#!/usr/bin/env bash
# Starts a real Redis (Debian's) on 127.0.0.1, in memory only, for tests. Needs no systemd.
#   start-redis.sh start PORT DIR   install if needed, start; prints the URL
#   start-redis.sh stop  PORT DIR
set -euo pipefail
CMD=${1:-} PORT=${2:-} DIR=${3:-}
log() { echo "start-redis: $*" >&2; }; die() { log "$*"; exit 1; }
[[ $PORT =~ ^[0-9]+$ ]] && [[ $DIR = /* ]] || { sed -n '2,4p' "$0"; exit 2; }

install() {
  command -v redis-server >/dev/null && return
  log 'installing redis-server'
  apt-get -qq update && apt-get -qq -y install --no-install-recommends redis-server >/dev/null || die 'it cannot be installed'
}
start() {
  install
  mkdir -p "$DIR"
  redis-server --bind 127.0.0.1 --port "$PORT" --dir "$DIR" --pidfile "$DIR/pid" --logfile "$DIR/log" \
    --save '' --appendonly no --daemonize yes >/dev/null
  for _ in $(seq 100); do
    redis-cli -h 127.0.0.1 -p "$PORT" ping >/dev/null 2>&1 && { echo "redis://127.0.0.1:$PORT"; return; }
    sleep 0.1
  done
  die "no answer: $(tail -5 "$DIR/log")"
}
stop() { redis-cli -h 127.0.0.1 -p "$PORT" shutdown nosave >/dev/null 2>&1 || true; }
case $CMD in start) start ;; stop) stop ;; *) sed -n '2,4p' "$0"; exit 2 ;; esac
