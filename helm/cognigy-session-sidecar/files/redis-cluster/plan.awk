# Which slots have to go where until `shards` masters share all of them, from a survey (table.awk): lines of
#   add <host> <from> <to>                           slots that nobody has; nobody has keys in them
#   move <host> <id> <host> <from> <to> [<from> …]   slots from a master to the one of that id
#   refuse <sentence>                                what nobody but a human may decide
# Nothing, if all is as it should be; so a second run changes nothing, and one that was cut short is taken up.

END {
  if (me == "") exit 1
  slots = 16384
  for (id in host) {
    if (count[id] == 0) continue
    if (!isAlive(id)) refuse("the slots of " host[id] " are with a node that does not answer; bring it back first")
    if (!(host[id] in position)) refuse(host[id] " has slots, and its Pod is none of those that are asked for: shards are not taken away")
    masters[host[id]] = id
    owners++
    crowd[machine[host[id]]]++
  }
  if (owners > shards) {
    refuse("the cluster has " owners " shards, the values ask for " shards ": shards are not taken away")
  }

  # New masters: the first Pods that have no part yet, on machines that have fewer masters than others.
  for (; owners < shards; owners++) {
    chosen = ""
    for (i = hostCount; i >= 1; i--) {
      id = freeAt(hostAt[i])
      if (id != "" && (chosen == "" || crowd[machine[hostAt[i]]] <= crowd[machine[chosen]])) chosen = hostAt[i]
    }
    if (chosen == "") refuse((shards - owners) " more masters are wanted, but no node is free to be one")
    id = freeAt(chosen)
    masters[chosen] = id
    crowd[machine[chosen]]++
  }
  for (i = 1; i <= hostCount; i++) if (hostAt[i] in masters) master[++masterCount] = hostAt[i]

  for (id in host) {
    n = split(ranges[id], bound, " ")
    for (k = 1; k < n; k += 2) for (slot = bound[k]; slot <= bound[k + 1]; slot++) owner[slot] = host[id]
  }

  # Each master has its part of all slots; of that, what nobody has is given to it.
  for (slot = 0; slot < slots; slot++) {
    if (slot in owner) continue
    fitting = master[int(slot * shards / slots) + 1]
    for (end = slot; end + 1 < slots && !((end + 1) in owner); end++) {
      if (master[int((end + 1) * shards / slots) + 1] != fitting) break
    }
    print "add", fitting, slot, end
    slot = end
    added = 1
  }
  if (added) exit

  # Who has more than an even share gives from its upper end to those that have less.
  least = int(slots / shards)
  most = least + (slots % shards > 0)
  for (slot = 0; slot < slots; slot++) share[owner[slot]]++
  taker = 1
  for (slot = slots - 1; slot >= 0; slot--) {
    if (share[owner[slot]] <= most) continue
    while (taker <= masterCount && share[master[taker]] >= least) taker++
    if (taker > masterCount) break
    share[owner[slot]]--
    share[master[taker]]++
    taken[slot] = master[taker]
  }

  for (slot = 0; slot < slots; slot++) {
    if (!(slot in taken)) continue
    for (end = slot; (end + 1) in taken; end++) {
      if (taken[end + 1] != taken[slot] || owner[end + 1] != owner[slot]) break
    }
    way = owner[slot] " " masters[taken[slot]] " " taken[slot]
    lots[way] = lots[way] " " slot " " end
    slot = end
  }
  for (way in lots) print "move", way lots[way]
}

function freeAt(name,   id) {
  if (name in masters) return ""
  for (id in host) if (host[id] == name && isFree(id)) return id
  return ""
}

function refuse(sentence) {
  print "refuse", sentence
  # In END, `exit` ends the program; what was planned so far is void (create.sh looks for a refusal first).
  exit
}
