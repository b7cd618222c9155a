# Reads a survey, the answers to CLUSTER NODES and CLUSTER SHARDS, into arrays by node id: host, flags,
# primary, linked, count (of slots) and ranges; and into machine and zone, by host. Variables: `hosts`, all
# hostnames, whose order is in `position`; `now`, in seconds.

BEGIN {
  hostCount = split(hosts, hostAt, " ")
  for (i = 1; i <= hostCount; i++) position[hostAt[i]] = i
}

# <id> <ip:port@port,host> <flags> <master> <ping> <pong> <epoch> <link> [<slots>…]
length($1) == 40 && NF >= 8 {
  split($2, address, ",")
  host[$1] = address[2]
  flags[$1] = "," $3 ","
  primary[$1] = $4
  # A link that is still being established counts as connected, so check for an unanswered ping as well.
  linked[$1] = $8 == "connected" && ($5 == 0 || now * 1000 - $5 < 1000)
  count[$1] = 0
  for (i = 9; i <= NF; i++) {
    # [slot->-node] is a slot in migration, and is in a range as well.
    if ($i ~ /^\[/) continue
    split($i "-" $i, ends, "-")
    count[$1] += ends[2] - ends[1] + 1
    ranges[$1] = ranges[$1] " " ends[1] " " ends[2]
  }
  if (is($1, "myself")) me = $1
}

# start.sh makes each node announce its machine, behind its zone and a slash if Kubernetes says which.
previous == "hostname" { lastHost = $0 }
previous == "availability-zone" {
  machine[lastHost] = $0
  zone[lastHost] = $0 ~ "/" ? substr($0, 1, index($0, "/") - 1) : ""
}
{ previous = $0 }

function is(id, flag) { return index(flags[id], "," flag ",") > 0 }

function isAlive(id) {
  return is(id, "myself") || linked[id] && !is(id, "fail?") && !is(id, "fail") && !is(id, "handshake") && !is(id, "noaddr")
}

# A master without slots: it has no role in the cluster yet.
function isFree(id) {
  return is(id, "master") && count[id] == 0 && isAlive(id) && host[id] in position
}

# Whether a replica serves its master, or will again: a dead one never returns if no Pod, or the queried
# one, has its name now.
function isReplicaOfUse(id, askedHost) {
  return is(id, "slave") && (isAlive(id) || host[id] in position && host[id] != askedHost)
}
