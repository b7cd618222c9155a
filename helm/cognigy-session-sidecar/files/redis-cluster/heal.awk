# What a node has to do, from its own survey (table.awk): lines of
#   meet <host>            no node of that name is reachable
#   forget <id> <host>     a dead node whose Pod has returned as a new node, since its volume was lost
#   copy <id> <host>       this node has no role in the cluster, and that master lacks a replica
#   label                  this node no longer announces its machine
#   create                 this is the first node, and no node has any slot
#
# Nodes without a role choose one after another, the last Pod first: each sees the choice of the one
# before it, and two never choose the same. Those left over wait for slots (plan.awk).

END {
  if (me == "") exit 1
  for (id in host) if (isAlive(id)) present[host[id]] = id

  for (i = 1; i <= hostCount; i++) if (!(hostAt[i] in present)) print "meet", hostAt[i]

  for (id in host) {
    if (is(id, "fail") && count[id] == 0 && host[id] in position && host[id] in present) print "forget", id, host[id]
    known += count[id]
    if (isFree(id)) {
      waitingIn[zone[host[id]]]++
      waitingOn[machine[host[id]]]++
    }
  }

  # That happens if it started at an address that its nodes.conf gives to another node.
  if (machine[host[me]] == "") print "label"
  if (known == 0 && position[host[me]] == 1) print "create"
  # Not before all slots are known: a master with fewer replicas may still appear.
  if (!isFree(me) || known < 16384) exit
  for (id in host) if (isFree(id) && position[host[id]] > position[host[me]]) exit

  for (id in host) if (isReplicaOfUse(id, host[me])) copies[primary[id]]++
  for (id in host) {
    if (!is(id, "master") || count[id] == 0 || !isAlive(id) || copies[id] >= replicas) continue
    # The master with the fewest replicas first, then one in another zone, or at least on another machine. Of
    # those, one whose zone, or machine, has other waiting nodes: they should not choose it.
    there = machine[host[id]]
    area = zone[host[id]]
    cost = copies[id] * 10 + (area != "" && area == zone[host[me]]) * 2 + (there != "" && there == machine[host[me]])
    cost = ((cost * 1000 - waitingIn[area]) * 1000 - waitingOn[there]) * 1000 + position[host[id]]
    if (best == "" || cost < lowest) { best = id; lowest = cost }
  }
  if (best != "") print "copy", best, host[best]
}
