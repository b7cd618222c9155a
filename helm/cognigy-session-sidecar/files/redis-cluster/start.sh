#!/bin/sh
# Starts a node: the common configuration, its own configuration, and the healing loop.
#
# The configuration contains the password, so it is written to memory. The server replaces this shell, so
# that it receives SIGTERM; the loop runs next to it until the container ends. Each round reads heal.sh
# again, so an upgrade of the chart that only changes that script restarts nothing.
set -eu
umask 077

SCRIPTS=${SCRIPTS:-/etc/valkey}
RUN=${RUN:-/run/valkey}

# A line of configuration with the password. `echo` would interpret its backslashes.
password_line() { # SETTING
  printf '%s "%s"\n' "$1" "$(printf %s "$password" | sed 's/[\\"]/\\&/g')"
}

password=$(cat "$PASSWORD_FILE")
if [ -z "$password" ]; then
  echo "the password in $PASSWORD_FILE is empty" >&2
  exit 1
fi
printf %s "$password" >"$RUN/password"
rm -f "$RUN/retired"

{
  cat "$SCRIPTS/valkey.conf"
  echo "cluster-announce-ip $POD_IP"
  echo "cluster-announce-hostname $(grep "^$POD_NAME\." "$SCRIPTS/nodes")"
  echo "cluster-announce-human-nodename $POD_NAME"
  # Masters avoid each other's zone and machine, and a replica its master's (plan.awk, heal.awk, balance.awk).
  echo "availability-zone ${ZONE:+$ZONE/}$MACHINE"
  echo "maxmemory ${MAX_MEMORY:-$((MEMORY_LIMIT * 3 / 4))}"
  # Its master (heal.sh).
  sed -n 's/.* myself,slave \([^ ]*\) .*/primaryuser \1/p' /data/nodes.conf 2>/dev/null || true
  password_line requirepass
  password_line primaryauth
} >"$RUN/valkey.conf"

while sleep 2; do sh "$SCRIPTS/heal.sh" || true; done &
exec valkey-server "$RUN/valkey.conf"
