# Masters and their replicas, from a survey (table.awk): a line for each shard, and warnings of what the
# loss of one zone or machine would take. Fails while a master has fewer live replicas than `replicas`.

END {
  if (me == "") exit 1
  for (id in host) if (isAlive(id) && !seen[zone[host[id]]]++) zones++
  for (id in host) {
    if (!is(id, "slave") || !isAlive(id)) continue
    copies[primary[id]]++
    names[primary[id]] = names[primary[id]] ", " place(id)
    if (zone[host[id]] != zone[host[primary[id]]]) inOtherZone[primary[id]] = 1
    if (machine[host[id]] != machine[host[primary[id]]]) onOtherMachine[primary[id]] = 1
  }
  for (id in host) {
    if (count[id] == 0) continue
    print count[id] " slots: " place(id) names[id]
    if (copies[id] < replicas) missing = 1
    else if (replicas > 0 && !onOtherMachine[id]) print "  all of this shard is on one machine: losing it loses the shard"
    else if (replicas > 0 && zones > 1 && !inOtherZone[id]) print "  all of this shard is in one zone: losing it loses the shard"
    masters++
    mastersOn[machine[host[id]]]++
    if (zones > 1) mastersIn[zone[host[id]]]++
  }
  warn(mastersOn, "on machine")
  warn(mastersIn, "in zone")
  exit missing
}

# The masters that are left must be a majority of all.
function warn(counts, where,   x) {
  for (x in counts) {
    if (x == "" || counts[x] * 2 < masters) continue
    print "  " counts[x] " of " masters " masters are " where " " x ": losing it stops all shards, until a human acts"
  }
}

function place(id) { return host[id] (machine[host[id]] == "" ? "" : " on " machine[host[id]]) }
