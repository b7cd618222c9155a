# Which slots must be assigned or moved so that `shards` masters share all of them, from a survey
# (table.awk): lines of
#   add <host> <from> <to>                           slots that no node has; there are no keys in them
#   move <host> <id> <host> <from> <to> [<from> …]   slots from a master to the one with that id
#   refuse <sentence>                                a decision for a human
# Nothing, if all is done; so a second run changes nothing, and an interrupted one is continued.

END {
  if (me == "") exit 1
  slots = 16384
  for (id in host) {
    if (count[id] == 0) continue
    if (!isAlive(id)) refuse("the slots of " host[id] " are with a node that does not answer; bring it back first")
    if (!(host[id] in position)) refuse(host[id] " has slots, but the values have no Pod for it: shards cannot be removed")
    masters[host[id]] = id
    owners++
    addMaster(host[id])
  }
  if (owners > shards) {
    refuse("the cluster has " owners " shards, the values ask for " shards ": shards cannot be removed")
  }

  # New masters: the first Pods without a role, in zones, and there on machines, that have the fewest masters.
  for (; owners < shards; owners++) {
    chosen = ""
    for (i = hostCount; i >= 1; i--) {
      id = freeAt(hostAt[i])
      if (id != "" && (chosen == "" || neighbours(hostAt[i]) <= neighbours(chosen))) chosen = hostAt[i]
    }
    if (chosen == "") refuse((shards - owners) " more masters are needed, but no node is free to be one")
    id = freeAt(chosen)
    masters[chosen] = id
    addMaster(chosen)
  }
  for (i = 1; i <= hostCount; i++) if (hostAt[i] in masters) master[++masterCount] = hostAt[i]

  for (id in host) {
    n = split(ranges[id], bound, " ")
    for (k = 1; k < n; k += 2) for (slot = bound[k]; slot <= bound[k + 1]; slot++) owner[slot] = host[id]
  }

  # Each master has its range of all slots; slots in it that no node has are assigned to it.
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

  # A master with more than an even share gives slots from its upper end to those with less.
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

function addMaster(name) {
  mastersIn[zone[name]]++
  mastersOn[machine[name]]++
}

# Masters near that Pod: those in its zone count more than any on its machine.
function neighbours(name) { return mastersIn[zone[name]] * 1000 + mastersOn[machine[name]] }

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
