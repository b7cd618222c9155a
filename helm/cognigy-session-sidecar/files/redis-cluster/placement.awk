# Masters and their replicas, from a survey (table.awk): a line for each shard, and a warning for one
# that is on a single machine. Fails while a master has fewer live replicas than `replicas`.

END {
  if (me == "") exit 1
  for (id in host) {
    if (!is(id, "slave") || !isAlive(id)) continue
    copies[primary[id]]++
    names[primary[id]] = names[primary[id]] ", " place(id)
    if (machine[host[id]] != machine[host[primary[id]]]) apart[primary[id]] = 1
  }
  for (id in host) {
    if (count[id] == 0) continue
    print count[id] " slots: " place(id) names[id]
    if (copies[id] < replicas) missing = 1
    else if (replicas > 0 && !apart[id]) print "  all of this shard is on one machine: losing it loses the shard"
  }
  exit missing
}

function place(id) { return host[id] (machine[host[id]] == "" ? "" : " on " machine[host[id]]) }
