// What a node finds to do when it looks around.

import { expect, test } from 'vitest';
import { byNumber, decide, free, HOSTS, idOf, MADE, type Node } from './survey.ts';

test('has nothing to do in a cluster that stands', () => {
  expect(decide('heal.awk', MADE)).toEqual([]);
});

test('says again on which machine it is where that was forgotten, its own alone', () => {
  const except = (lost: string) => ({
    machineOf: (host: string) => (host === lost ? '' : byNumber(host)),
  });
  expect(decide('heal.awk', MADE, except('h0'))).toEqual(['label']);
  expect(decide('heal.awk', MADE, except('h1'))).toEqual([]);
});

test('meets whom it does not know, who fails, and who has owed an answer for a second', () => {
  const seen = MADE.slice(0, 5).map((node) => {
    if (node.host === 'h1') return { ...node, waitingMs: 1500 };
    return node.host === 'h4' ? { ...node, flags: 'slave,fail?' } : node;
  });
  expect(decide('heal.awk', seen)).toEqual(['meet h1', 'meet h4', 'meet h5']);
  expect(
    decide(
      'heal.awk',
      MADE.map((node) => ({ ...node, waitingMs: 300 })),
    ),
  ).toEqual([]);
});

test('forgets a dead node whose Pod is another one, and no other', () => {
  const dead: Node = { host: 'h5', id: 'dead', flags: 'slave,fail', of: 'h0' };
  expect(decide('heal.awk', [...MADE, dead])).toEqual([`forget ${idOf('dead')} h5`]);
  // Its Pod is away, it still has slots, or nobody knows whose it was.
  expect(decide('heal.awk', [...MADE.slice(0, 5), dead])).toEqual(['meet h5']);
  expect(decide('heal.awk', [...MADE, { ...dead, flags: 'master,fail', slots: '1-2' }])).toEqual(
    [],
  );
  expect(decide('heal.awk', [...MADE, { ...dead, host: '' }, { host: '', id: 'other' }])).toEqual(
    [],
  );
});

test('a node that lost its volume copies the master that its loss left bare', () => {
  const others = MADE.slice(0, 5).map((node) => ({
    ...node,
    flags: node.flags?.replace('myself,', '') ?? 'master',
  }));
  const reborn: Node = { host: 'h5', id: 'reborn', flags: 'myself,master' };
  const copy = [`copy ${idOf('h0')} h0`];
  expect(decide('heal.awk', [...others, reborn])).toEqual(copy);
  const itself: Node = { host: 'h5', id: 'dead', flags: 'slave,fail', of: 'h0' };
  expect(decide('heal.awk', [...others, itself, reborn])).toEqual([
    `forget ${idOf('dead')} h5`,
    ...copy,
  ]);
});

test('takes nobody else’s place while that one is away', () => {
  const away = MADE.map((node) => {
    if (node.host === 'h0') return { ...node, flags: 'master' };
    return node.host === 'h5' ? { ...node, flags: 'slave,fail' } : node;
  });
  const spare: Node = { host: 'h6', flags: 'myself,master' };
  expect(decide('heal.awk', [...away, spare], { hosts: [...HOSTS, 'h6'] })).toEqual(['meet h5']);
});

test('chooses nobody before it knows of all slots: another master may be barer', () => {
  const known: Node[] = [...MADE.slice(1, 3), { host: 'h5', flags: 'myself,master' }];
  expect(decide('heal.awk', [{ host: 'h0' }, ...known])).toEqual(['meet h3', 'meet h4']);
  expect(decide('heal.awk', [{ host: 'h0', slots: '0-5461' }, ...known])).toEqual([
    ...['h3', 'h4'].map((host) => `meet ${host}`),
    `copy ${idOf('h0')} h0`,
  ]);
});

test('waits for its turn, and keeps off the machine of its master', () => {
  const masters: Node[] = ['0-5461', '5462-10922', '10923-16383'].map((slots, index) => ({
    host: `h${index}`,
    slots,
  }));
  const waiting = (mine: string): Node[] => [
    ...masters,
    ...['h3', 'h4', 'h5'].map((host) => ({
      host,
      flags: host === mine ? 'myself,master' : 'master',
    })),
  ];
  expect(decide('heal.awk', waiting('h3'))).toEqual([]);
  expect(decide('heal.awk', waiting('h4'))).toEqual([]);
  // h5 and h2 are on one machine.
  expect(decide('heal.awk', waiting('h5'))).toEqual([`copy ${idOf('h0')} h0`]);
});

test.each([
  ['h3', 'h4', 'h5'],
  ['h5', 'h3', 'h4'],
  ['h4', 'h5', 'h3'],
])(
  'in the order %s, %s, %s all replicas end up on other machines than their masters',
  (...order) => {
    const hosts = ['h0', 'h1', 'h2', ...order];
    const nodes: Node[] = ['0-5461', '5462-10922', '10923-16383'].map((slots, index) => ({
      host: `h${index}`,
      slots,
    }));
    for (const host of order) nodes.push({ host });
    for (const host of [...order].reverse()) {
      const node = nodes.find((each) => each.host === host) as Node;
      node.flags = 'myself,master';
      const [line = ''] = decide('heal.awk', nodes, { hosts });
      const master = line.split(' ')[2] ?? '';
      expect(line).toMatch(/^copy /);
      expect(byNumber(master)).not.toBe(byNumber(host));
      Object.assign(node, { flags: 'slave', of: master });
    }
    expect(new Set(nodes.map(({ of }) => of)).size).toBe(4);
  },
);

test('the first node alone makes a cluster of which nobody has a part', () => {
  expect(decide('heal.awk', free(...HOSTS))).toEqual(['create']);
  const second = free(...HOSTS).map((node) => ({
    ...node,
    flags: node.host === 'h1' ? 'myself,master' : 'master',
  }));
  expect(decide('heal.awk', second)).toEqual([]);
});
