#!/bin/sh
# A node is ready if it is back in its cluster: a master that serves slots, or a replica with all data of
# its master. A rolling update continues only then, so it never stops both nodes of a shard. The Service
# publishes nodes that are not ready as well, so a cluster can be created, or recover, while none is.
set -u
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"

facts=$(printf 'CLUSTER INFO\nINFO replication\nCLUSTER NODES\n' | ask 127.0.0.1 2>&1 | tr -d '\r')
says() {
  printf '%s\n' "$facts" | grep -q "$1"
}
if ! says '^cluster_state:'; then
  echo "no answer yet: $facts"
elif ! says '^cluster_state:ok$'; then
  echo 'the cluster is down, or not created yet'
elif says '^role:slave$'; then
  says '^master_link_status:up$' && exit 0
  echo 'the replica does not have all data of its master yet'
else
  says ' myself,master .* connected [0-9]' && exit 0
  echo 'the master has no slots yet'
fi
exit 1
