# What a node has to do, from its own survey (table.awk): lines of
#   meet <host>            nobody of that name is in reach
#   forget <id> <host>     a dead node, if its Pod has come back as another one, its volume being lost
#   copy <id> <host>       this node has no part in the cluster, and that master lacks a replica
#   label                  this node no longer says on which machine it is
#   create                 this is the first node, and nobody has any slot
#
# Nodes that wait for a part take one after another, the last Pod first: each sees what the one before it took, and
# two never take the same. What is left over waits for slots (plan.awk).

END {
  if (me == "") exit 1
  for (id in host) if (isAlive(id)) present[host[id]] = id

  for (i = 1; i <= hostCount; i++) if (!(hostAt[i] in present)) print "meet", hostAt[i]

  for (id in host) {
    if (is(id, "fail") && count[id] == 0 && host[id] in position && host[id] in present) print "forget", id, host[id]
    known += count[id]
    if (isFree(id)) waitingOn[machine[host[id]]]++
  }

  # It does not where it started at an address that its nodes.conf gives to another node.
  if (machine[host[me]] == "") print "label"
  if (known == 0 && position[host[me]] == 1) print "create"
  # Not before all slots are known: a barer master may be yet to come.
  if (!isFree(me) || known < 16384) exit
  for (id in host) if (isFree(id) && position[host[id]] > position[host[me]]) exit

  for (id in host) if (standsBy(id, host[me])) copies[primary[id]]++
  for (id in host) {
    if (!is(id, "master") || count[id] == 0 || !isAlive(id) || copies[id] >= replicas) continue
    # The barest master first, then one on another machine. Of those, one on whose machine others still wait: it is
    # not for them.
    there = machine[host[id]]
    cost = copies[id] * 1000000 + (there != "" && there == machine[host[me]]) * 100000
    cost += (100 - waitingOn[there]) * 1000 + position[host[id]]
    if (best == "" || cost < lowest) { best = id; lowest = cost }
  }
  if (best != "") print "copy", best, host[best]
}
