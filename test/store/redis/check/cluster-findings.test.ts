import { describe, expect, test } from 'vitest';
import { clusterFindings, shardsFrom } from '../../../../src/store/redis/check/cluster-findings.ts';

type Host = string;

/** A cluster of masters with their replicas, by hosts, that serves all slots. */
function clusterOn(...hosts: [master: Host, ...replicas: Host[]][]) {
  const each = Math.floor(16_384 / hosts.length);
  return shardsFrom(
    hosts.map((ofShard, place) => [
      place * each,
      place === hosts.length - 1 ? 16_383 : (place + 1) * each - 1,
      ...ofShard.map((host): [string, number] => [host, 7000 + place]),
    ]),
  );
}

const wrongIn = (shards: ReturnType<typeof shardsFrom>) =>
  clusterFindings(shards).filter(({ level }) => level !== 'ok');

describe('a cluster', () => {
  test('is fit on three hosts, each with a replica elsewhere', () => {
    expect(wrongIn(clusterOn(['a', 'b'], ['b', 'c'], ['c', 'a']))).toEqual([]);
  });

  test('with two ranges of slots for one master has one shard for it', () => {
    const server: [string, number] = ['a', 1];
    expect(
      shardsFrom([
        [0, 1, server],
        [5, 9, server],
      ]),
    ).toMatchObject([
      {
        ranges: [
          [0, 1],
          [5, 9],
        ],
      },
    ]);
  });

  test.each([
    ['slots that nobody serves', [[0, 100]], /^16283 of 16384 slots/, 'unfit'],
    ['no server at all', [], /^16384 of 16384 slots/, 'unfit'],
  ])('with %s is not fit', (_, ranges, text, level) => {
    const shards = shardsFrom(ranges.map(([first = 0, last = 0]) => [first, last, ['a', 1]]));
    const finding = wrongIn(shards).find(({ check }) => check === 'topology');
    expect(finding).toMatchObject({ level });
    expect(finding?.text).toMatch(text);
  });

  test.each([
    ['two masters', clusterOn(['a', 'b'], ['b', 'a']), [/^2 masters: with fewer than 3/]],
    [
      'most masters on one host',
      clusterOn(['a', 'b'], ['a', 'c'], ['c', 'a']),
      [/^2 of 3 masters are on a:/],
    ],
    [
      'half of its masters on one host',
      clusterOn(['a', 'b'], ['a', 'c'], ['c', 'a'], ['d', 'a']),
      [/^2 of 4 masters are on a:/],
    ],
    [
      'a master without a replica',
      clusterOn(['a', 'b'], ['b'], ['c', 'a']),
      [/^b:7001: it has no replica/],
    ],
    [
      'a replica on the host of its master',
      clusterOn(['a', 'a'], ['b', 'c'], ['c', 'b']),
      [/^a:7000: all of its replicas are on its own host/],
    ],
  ])('with %s is warned of', (_, shards, texts) => {
    expect(wrongIn(shards)).toEqual(
      texts.map((text) => ({
        ...{ check: 'replicas', level: 'warning' },
        text: expect.stringMatching(text),
      })),
    );
  });
});
