#!/bin/sh
# How the other scripts query a node. They source it.
#
# The password is passed in the environment of valkey-cli, which only its own user can read, never on a
# command line. During a rotation it is the one that rotate.sh has activated, not yet that of the file.

SCRIPTS=${SCRIPTS:-/etc/valkey}
RUN=${RUN:-/run/valkey}

REDISCLI_AUTH=$(cat "$RUN/password" 2>/dev/null || cat "$PASSWORD_FILE")
export REDISCLI_AUTH

tls=
[ -z "${TLS_CA:-}" ] || tls="--tls --cacert $TLS_CA"

# ask HOST [COMMAND…]: fails without an answer, or with an error. Without a command, commands are read
# from stdin, and errors are returned as text.
ask() {
  # shellcheck disable=SC2086
  timeout 5 valkey-cli -e $tls -h "$@"
}

# escaped TEXT: escaped for use between double quotes in a command or a configuration.
escaped() {
  printf %s "$1" | sed 's/[\\"]/\\&/g'
}

# survey HOST: what that node knows of the cluster, in the form that table.awk reads. Fails without an
# answer, or with an error, which is printed.
survey() {
  surveyed=$(printf 'CLUSTER NODES\nCLUSTER SHARDS\n' | ask "$1" 2>&1)
  echo "$surveyed"
  case $surveyed in *myself,*) ;; *) return 1 ;; esac
}

# The hostnames of all nodes on one line, in the order of their Pods.
hosts=$(tr '\n' ' ' <"$SCRIPTS/nodes")

# evaluate FILE: runs that awk program on the survey on stdin.
evaluate() {
  awk -v hosts="$hosts" -v shards="$(cat "$SCRIPTS/shards")" -v replicas="$(cat "$SCRIPTS/replicas-per-shard")" \
    -v now="$(date +%s)" -f "$SCRIPTS/table.awk" -f "$SCRIPTS/$1"
}
