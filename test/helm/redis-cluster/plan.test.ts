// Which slots create.sh gives and moves.

import { expect, test } from 'vitest';
import { decide, free, HOSTS, idOf, MADE, type Node } from './survey.ts';

const GROWN = [...HOSTS, 'h6', 'h7'];

/** Carries `move` lines out. */
function moved(nodes: Node[], plan: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (host: string, count: number) => counts.set(host, (counts.get(host) ?? 0) + count);
  for (const { host, slots = '' } of nodes)
    for (const range of slots.split(' ').filter(Boolean)) {
      const [from = 0, to = from] = range.split('-').map(Number);
      add(host, to - from + 1);
    }
  for (const line of plan) {
    const [action, giver = '', id, taker = '', ...bounds] = line.split(' ');
    expect(action).toBe('move');
    expect(id).toBe(idOf(taker));
    for (let index = 0; index < bounds.length; index += 2) {
      const size = Number(bounds[index + 1]) - Number(bounds[index]) + 1;
      add(giver, -size);
      add(taker, size);
    }
  }
  return counts;
}

test('gives a third of the slots to each of the first Pods on three machines', () => {
  expect(decide('plan.awk', free(...HOSTS))).toEqual([
    'add h0 0 5461',
    'add h1 5462 10922',
    'add h2 10923 16383',
  ]);
});

test('masters keep off each other on machines that hold several Pods', () => {
  const machineOf = (host: string) => `m${Math.floor(Number(host.slice(1)) / 2)}`;
  const plan = decide('plan.awk', free(...HOSTS), { machineOf });
  expect(plan.map((line) => line.split(' ')[1])).toEqual(['h0', 'h2', 'h4']);
});

test('changes nothing in a cluster that is made, however its roles went round', () => {
  expect(decide('plan.awk', MADE)).toEqual([]);
  const failedOver = MADE.map((node) => {
    if (node.host === 'h1') return { ...node, flags: 'slave', of: 'h3', slots: '' };
    return node.host === 'h3' ? { host: 'h3', slots: '5462-10922' } : node;
  });
  expect(decide('plan.awk', failedOver)).toEqual([]);
});

test('completes a cluster that was half made', () => {
  const half = [
    { host: 'h0', flags: 'myself,master', slots: '0-5461' },
    ...free(...HOSTS).slice(1),
  ];
  expect(decide('plan.awk', half)).toEqual(['add h1 5462 10922', 'add h2 10923 16383']);
});

test('gives a hole to the master whose part it lies in', () => {
  const holed = MADE.map((node) =>
    node.host === 'h1' ? { ...node, slots: '5462-8000 8002-10922' } : node,
  );
  expect(decide('plan.awk', holed)).toEqual(['add h1 8001 8001']);
});

test.each([4, 5, 7])('takes from all masters alike for %i shards, and then rests', (shards) => {
  const hosts = [
    ...HOSTS,
    ...Array.from({ length: 2 * (shards - 3) }, (_, index) => `h${index + 6}`),
  ];
  const nodes = [...MADE, ...hosts.slice(6).map((host) => ({ host }))];
  const plan = decide('plan.awk', nodes, { shards, hosts });
  const counts = moved(nodes, plan);
  expect([...counts.keys()], plan.join('\n')).toHaveLength(shards);
  expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(16384);
  expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(shards);
});

test('goes on with a move that was cut short', () => {
  const half = [
    ...MADE.map((node) => (node.host === 'h0' ? { ...node, slots: '0-4095' } : node)),
    { host: 'h6', slots: '4096-5461' },
    { host: 'h7', flags: 'slave', of: 'h6' },
  ];
  const plan = decide('plan.awk', half, { shards: 4, hosts: GROWN });
  expect([...moved(half, plan).values()]).toEqual([4096, 4096, 4096, 4096]);
});

test.each([
  ['fewer shards than there are', MADE, { shards: 2 }, /^refuse .* has 3 shards, .* ask for 2/],
  ['no node free', MADE, { shards: 4 }, /^refuse 1 more masters .* no node is free/],
  [
    'a Pod that is not asked for',
    MADE,
    { hosts: HOSTS.slice(1) },
    /^refuse h0 has slots, but the values have no Pod/,
  ],
  [
    'slots whose node is dead',
    MADE.map((node) => (node.host === 'h2' ? { ...node, flags: 'master,fail' } : node)),
    {},
    /^refuse the slots of h2 .* does not answer/,
  ],
])('refuses %s', (_what, nodes, options, sentence) => {
  expect(decide('plan.awk', nodes, options)[0]).toMatch(sentence);
});

test('plans nothing without a survey', () => {
  expect(decide('plan.awk', [])).toEqual([]);
});
