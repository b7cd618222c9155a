#!/bin/sh
# Ready is a node that is back in its cluster: a master that serves slots, or a replica that has all that its master
# has. A rolling update goes on only then, so it never takes both nodes of a shard. Nobody finds a node by its being
# ready (the Service publishes all), so a cluster that is still to be made, or is down, is not in its own way.
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
  echo 'the cluster is down, or not made yet'
elif says '^role:slave$'; then
  says '^master_link_status:up$' && exit 0
  echo 'the replica does not have all of its master yet'
else
  says ' myself,master .* connected [0-9]' && exit 0
  echo 'the master has no slots yet'
fi
exit 1
