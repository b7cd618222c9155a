// Where masters and replicas are after a creation, after a rolling update and after the handovers
// that follow it: computed for every layout of the Pods, with the programs of the chart.

import { describe, expect, test } from 'vitest';
import { byNumber, decide, free, HOSTS, MADE, type Node } from './survey.ts';

/** Where a Pod is, as it announces it. */
type Layout = (host: string) => string;
type Program = Parameters<typeof decide>;

const zoneOf = (place: string): string => (place.includes('/') ? place.split('/')[0] : '') ?? '';
const hostsOf = (count: number): string[] => Array.from({ length: count }, (_, pod) => `h${pod}`);
const isMaster = ({ slots }: Node): boolean => slots !== undefined && slots !== '';

/** All ways to give each of `pods` one of the places, each place at most `most` times. */
function layouts(pods: number, places: readonly string[], most: number): Layout[] {
  let all: string[][] = [[]];
  for (let pod = 0; pod < pods; pod++)
    all = all.flatMap((taken) =>
      places
        .filter((place) => taken.filter((each) => each === place).length < most)
        .map((place) => [...taken, place]),
    );
  return all.map((places) => (host) => places[Number(host.slice(1))] ?? '');
}

/** What the program decides at this Pod. */
const at = (host: string, program: string, nodes: Node[], options: Program[2]): string[] =>
  decide(
    program,
    nodes.map((node) => {
      const role = isMaster(node) || node.of === undefined ? 'master' : 'slave';
      return { ...node, flags: node.host === host ? `myself,${role}` : role };
    }),
    options,
  );

/** The cluster that the Job and the nodes without a role create in a layout. */
function created(machineOf: Layout, hosts = HOSTS, shards = 3): Node[] {
  const options = { machineOf, hosts, shards, replicas: hosts.length / shards - 1 };
  const nodes: Node[] = free(...hosts).map(({ host }) => ({ host }));
  for (const line of at('h0', 'plan.awk', nodes, options)) {
    const [, master, from, to] = line.split(' ');
    Object.assign(nodes.find(({ host }) => host === master) as Node, { slots: `${from}-${to}` });
  }
  for (const host of hosts.toReversed()) {
    const node = nodes.find((each) => each.host === host) as Node;
    if (isMaster(node)) continue;
    const [line = ''] = at(host, 'heal.awk', nodes, options);
    expect(line).toMatch(/^copy /);
    node.of = line.split(' ')[2] as string;
  }
  return nodes;
}

/** The Pod takes over from its master. */
function promote(nodes: Node[], host: string): void {
  const replica = nodes.find((each) => each.host === host) as Node;
  const former = replica.of as string;
  const master = nodes.find((each) => each.host === former) as Node;
  Object.assign(replica, { of: undefined, slots: master.slots });
  for (const node of nodes) if (node.of === former) node.of = host;
  Object.assign(master, { of: host, slots: '' });
}

/** Restarts each Pod, the last one first: a master hands over to its first replica. */
function roll(nodes: Node[], hosts = HOSTS): void {
  for (const host of hosts.toReversed()) {
    const replica = nodes.find(({ of }) => of === host);
    if (replica !== undefined) promote(nodes, replica.host);
  }
}

/** Handovers until no Pod decides for one; returns how many. Of the Pods, at most one decides. */
function rebalance(nodes: Node[], options: Program[2]): number {
  for (let count = 0; count < 10; count++) {
    const replicas = nodes.filter((node) => !isMaster(node));
    const deciding = replicas.filter(
      ({ host }) => at(host, 'balance.awk', nodes, options).length > 0,
    );
    expect(deciding.length).toBeLessThanOrEqual(1);
    const [next] = deciding;
    if (next === undefined) return count;
    promote(nodes, next.host);
  }
  throw new Error('handovers without end');
}

/** The most masters in one of the places. */
function most(nodes: Node[], placeOf: Layout): number {
  const counts = new Map<string, number>();
  for (const { host } of nodes.filter(isMaster))
    counts.set(placeOf(host), (counts.get(placeOf(host)) ?? 0) + 1);
  return Math.max(...counts.values());
}

/** The fewest that any choice of masters, one of each shard, has at most in one of the places. */
function leastPossible(nodes: Node[], placeOf: Layout): number {
  const shards = nodes
    .filter(isMaster)
    .map(({ host }) => [host, ...nodes.filter(({ of }) => of === host).map((node) => node.host)]);
  let least = Number.POSITIVE_INFINITY;
  const choose = (shard: number, counts: Record<string, number>): void => {
    if (shard === shards.length) least = Math.min(least, Math.max(...Object.values(counts)));
    for (const host of shards[shard] ?? [])
      choose(shard + 1, { ...counts, [placeOf(host)]: (counts[placeOf(host)] ?? 0) + 1 });
  };
  choose(0, {});
  return least;
}

/** How many shards have all their nodes in one of the places. */
const inOnePlace = (nodes: Node[], placeOf: Layout): number =>
  nodes
    .filter(isMaster)
    .filter(({ host }) =>
      nodes.filter(({ of }) => of === host).every((node) => placeOf(node.host) === placeOf(host)),
    ).length;

/** Each Pod on a machine of its own, in the zone that the layout gives it. */
const ownMachine =
  (zones: Layout): Layout =>
  (host) =>
    `${zones(host)}/${host.replace('h', 'm')}`;

/** Every n-th of them. */
const every = (n: number, all: Layout[]): Layout[] => all.filter((_, index) => index % n === 0);

const MACHINES = ['m0', 'm1', 'm2'];
const ZONES = ['a', 'b', 'c'];
const TWO_IN_EACH_ZONE = ['a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1'];

// `lopsided`: in how many of them a roll leaves more masters in one place than need be.
test.each([
  { name: 'two Pods on each of 3 machines', all: layouts(6, MACHINES, 2), lopsided: 48 },
  { name: '6 Pods on 3 machines', all: every(31, layouts(6, MACHINES, 6)), lopsided: 13 },
  { name: 'two Pods in each of 3 zones', all: layouts(6, ZONES, 2).map(ownMachine), lopsided: 48 },
  { name: '6 Pods in 2 zones', all: layouts(6, ['a', 'b'], 3).map(ownMachine), lopsided: 2 },
  { name: '6 Pods in 3 zones', all: every(19, layouts(6, ZONES, 4)).map(ownMachine), lopsided: 21 },
  { name: '6 machines in 3 zones', all: every(23, layouts(6, TWO_IN_EACH_ZONE, 1)), lopsided: 15 },
  {
    name: '4 shards on 4 machines',
    all: every(130, layouts(8, [...MACHINES, 'm3'], 2)),
    pods: 8,
    shards: 4,
    lopsided: 12,
  },
  {
    name: '3 shards of 3 nodes on 3 machines',
    all: every(110, layouts(9, MACHINES, 3)),
    pods: 9,
    lopsided: 13,
  },
])('$name: masters are spread as far as possible, again after a roll', ({ all, ...cluster }) => {
  const { pods = 6, shards = 3, lopsided } = cluster;
  const hosts = hostsOf(pods);
  let before = 0;
  for (const machineOf of all) {
    const isZoned = machineOf('h0').includes('/');
    const placeOf: Layout = isZoned ? (host) => zoneOf(machineOf(host)) : machineOf;
    const nodes = created(machineOf, hosts, shards);
    const least = leastPossible(nodes, placeOf);
    expect(most(nodes, placeOf)).toBe(least);
    // No shard is in one place, unless more Pods are there than shards can have one in it each.
    const counts = hosts.map((host) => hosts.filter((other) => placeOf(other) === placeOf(host)));
    const tooMany = Math.max(...counts.map(({ length }) => length)) - pods + shards;
    expect(inOnePlace(nodes, placeOf)).toBe(Math.max(0, tooMany));
    roll(nodes, hosts);
    if (most(nodes, placeOf) > least) before++;
    rebalance(nodes, { machineOf, hosts, shards });
    expect(most(nodes, placeOf), hosts.map(machineOf).join()).toBe(least);
  }
  expect(before).toBe(lopsided);
});

test('without zones, shards are in one zone that need not be', () => {
  const all = every(2, layouts(6, ZONES, 2)).map(ownMachine);
  const whole = all.filter((layout) => {
    const nodes = created((host) => layout(host).split('/')[1] ?? '');
    return inOnePlace(nodes, (host) => zoneOf(layout(host))) > 0;
  });
  expect(whole).toHaveLength(21);
});

describe('a replica takes over', () => {
  // h0 and h1 are masters on one machine, and none is on that of h5 and h2.
  const machineOf = (host: string) =>
    ({ h0: 'm0', h1: 'm0', h2: 'm2', h3: 'm1', h4: 'm1', h5: 'm2' })[host] ?? '';
  const nodes: Node[] = [
    { host: 'h0', slots: '0-5461' },
    { host: 'h1', slots: '5462-10922' },
    { host: 'h3', slots: '10923-16383' },
    { host: 'h2', of: 'h0' },
    { host: 'h4', of: 'h3' },
    { host: 'h5', of: 'h1' },
  ];
  const without = (...gone: string[]) =>
    nodes.map((node) =>
      gone.includes(node.host) ? { ...node, id: node.host, waitingMs: 1500 } : node,
    );

  test('at the one Pod whose turn it is', () => {
    expect(at('h2', 'balance.awk', nodes, { machineOf })).toEqual(['h0']);
    for (const host of ['h0', 'h1', 'h3', 'h4', 'h5'])
      expect(at(host, 'balance.awk', nodes, { machineOf }), host).toEqual([]);
  });

  test('and says which Pods are away, so that a change of them is seen', () => {
    expect(at('h2', 'balance.awk', without('h4', 'h5'), { machineOf })).toEqual([
      'h0 without h4 h5',
    ]);
    expect(at('h5', 'balance.awk', without('h2'), { machineOf })).toEqual(['h1 without h2']);
  });

  test('not while a master is away, slots are not assigned, or a place is not known', () => {
    expect(at('h2', 'balance.awk', without('h3'), { machineOf })).toEqual([]);
    const missing = nodes.map((node) =>
      node.host === 'h3' ? { ...node, slots: '10924-16383' } : node,
    );
    expect(at('h2', 'balance.awk', missing, { machineOf })).toEqual([]);
    const unknown = (host: string) => (host === 'h4' ? '' : machineOf(host));
    expect(at('h2', 'balance.awk', nodes, { machineOf: unknown })).toEqual([]);
    expect(decide('balance.awk', [])).toEqual([]);
  });
});

describe('warnings', () => {
  const place = (nodes: Node[], machineOf: Layout): string[] =>
    at('h0', 'placement.awk', nodes, { machineOf }).filter((line) => line.startsWith('  '));
  const even: Node[] = MADE.map((node) => ({ ...node, flags: '' }));

  test('none where nothing is lost with a machine or a zone', () => {
    expect(place(even, byNumber)).toEqual([]);
    expect(place(even, (host) => `${byNumber(host)}/${host}`)).toEqual([]);
    // One zone for all is a decision, and not news.
    expect(place(even, (host) => `a/${byNumber(host)}`)).toEqual([]);
  });

  test('of a majority of masters in one place', () => {
    expect(place(even, (host) => (host < 'h2' ? 'm0' : host))).toEqual([
      '  2 of 3 masters are on machine m0: losing it stops all shards, until a human acts',
    ]);
    expect(place(even, (host) => `${host < 'h2' ? 'a' : 'b'}/${host}`)).toContain(
      '  2 of 3 masters are in zone a: losing it stops all shards, until a human acts',
    );
  });

  test('of a shard in one place', () => {
    const together = (host: string) => (host === 'h0' || host === 'h5' ? 'one' : host);
    expect(place(even, together)).toEqual([
      '  all of this shard is on one machine: losing it loses the shard',
    ]);
    expect(place(even, (host) => `${together(host)}/${host}`)).toEqual([
      '  all of this shard is in one zone: losing it loses the shard',
    ]);
  });
});
