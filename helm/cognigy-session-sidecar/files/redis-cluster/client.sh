#!/bin/sh
# How the other scripts ask a node. They source it.
#
# The password goes through the environment of valkey-cli, which only its own user reads, never over a command
# line. While a new password is on its way, this node's is the one that heal.sh has put in force, not yet the file's.

SCRIPTS=${SCRIPTS:-/etc/valkey}
RUN=${RUN:-/run/valkey}

REDISCLI_AUTH=$(cat "$RUN/password" 2>/dev/null || cat "$PASSWORD_FILE")
export REDISCLI_AUTH

tls=
[ -z "${TLS_CA:-}" ] || tls="--tls --cacert $TLS_CA"

# ask HOST [COMMAND…]: fails where no answer, or an error, comes back. Without a command they are read from stdin, and
# an error is text like any other.
ask() {
  # shellcheck disable=SC2086
  timeout 5 valkey-cli -e $tls -h "$@"
}

# escaped TEXT: as it stands between double quotes in a command or a configuration.
escaped() {
  printf %s "$1" | sed 's/[\\"]/\\&/g'
}

# survey HOST: what that node knows of the cluster, as table.awk reads it. Fails where it says nothing, or an error,
# which is printed.
survey() {
  surveyed=$(printf 'CLUSTER NODES\nCLUSTER SHARDS\n' | ask "$1" 2>&1)
  echo "$surveyed"
  case $surveyed in *myself,*) ;; *) return 1 ;; esac
}

# The hostnames of all nodes on one line, in the order of their Pods.
hosts=$(tr '\n' ' ' <"$SCRIPTS/nodes")

# judge FILE: what that program makes of the survey on stdin.
judge() {
  awk -v hosts="$hosts" -v shards="$(cat "$SCRIPTS/shards")" -v replicas="$(cat "$SCRIPTS/replicas-per-shard")" \
    -v now="$(date +%s)" -f "$SCRIPTS/table.awk" -f "$SCRIPTS/$1"
}
