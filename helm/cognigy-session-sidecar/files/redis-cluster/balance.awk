# Whether this replica should take over from its master, so that masters are spread over zones, and then
# over machines: a failover needs the majority of all masters, so the loss of one zone or machine must not
# take several. From a survey (table.awk): nothing, or a line
#   <host of its master> [without <Pods that do not answer>]
#
# A rolling update leaves masters wherever their replicas were. All nodes calculate the same handovers,
# and the one whose turn it is acts. Where no single handover improves the spread, a few do together: with
# two masters on machine A, one on B and none on C, B's master moves to C, and then one of A's to B. Each
# step but the last leaves the spread as good as it was, so no later round can undo it.

END {
  if (me == "") exit 1
  for (id in host) if (isAlive(id)) present[host[id]] = id
  for (i = 1; i <= hostCount; i++) {
    name = hostAt[i]
    if (!(name in present)) { away = (away ? away : " without") " " name; continue }
    if (machine[name] == "") exit
    id = present[name]
    masters[machine[name]] += count[id] > 0
    mastersIn[zone[name]] += count[id] > 0
    if (count[id] > 0) at[id] = name
    covered += count[id]
  }
  # A shard without a live master needs a failover, or a human.
  if (covered < 16384 || isEven(masters) && isEven(mastersIn)) exit
  for (i = 1; i <= hostCount; i++) {
    id = present[hostAt[i]]
    if (is(id, "slave") && primary[id] in at) shard[i] = primary[id]
  }

  for (steps = 1; steps <= 3 && !first; steps++) first = firstOf(steps)
  if (first && hostAt[first] == host[me]) print host[primary[me]] away
}

# The position of the Pod that takes over first, in the first series of so many handovers that improves
# the spread; 0 if there is none.
function firstOf(steps,   i, former, change, found) {
  for (i = 1; i <= hostCount; i++) {
    if (!(i in shard)) continue
    former = at[shard[i]]
    change = handOver(shard[i], hostAt[i])
    found = steps == 1 ? change < 0 : change == 0 && firstOf(steps - 1)
    handOver(shard[i], former)
    if (found) return i
  }
  return 0
}

# Moves a master, and returns by how much that changes the sum of squares of masters per zone and, worth
# less, per machine: negative is better.
function handOver(id, to,   from, change) {
  from = at[id]
  at[id] = to
  if (zone[to] != zone[from]) change = 1000 * (mastersIn[zone[to]]++ - --mastersIn[zone[from]])
  if (machine[to] != machine[from]) change += masters[machine[to]]++ - --masters[machine[from]]
  return change + 0
}

function isEven(masters,   x, least, most) {
  least = shards
  for (x in masters) {
    if (masters[x] < least) least = masters[x]
    if (masters[x] > most) most = masters[x]
  }
  return most - least <= 1
}
