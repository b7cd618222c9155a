import { beforeEach, expect, test } from 'vitest';
import {
  createReplicaCount,
  replicasOfMyself,
} from '../../../../src/store/redis/replication/replica-count.ts';

const MASTER = {} as never;
let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});

function countWith(configured: () => number | undefined) {
  return createReplicaCount({ required: 'all', configured, nowMonotonicMs: () => nowMs });
}

test('a number is what it is', () => {
  const count = createReplicaCount({
    required: 2,
    configured: () => 7,
    nowMonotonicMs: () => nowMs,
  });
  expect(count.of(MASTER)).toBe(2);
});

test('all are as many as the sentinels know, and at least one', () => {
  let known: number | undefined;
  const count = countWith(() => known);
  expect(count.of(MASTER)).toBeUndefined();
  known = 0;
  expect(count.of(MASTER)).toBe(1);
  known = 3;
  expect(count.of(MASTER)).toBe(3);
  known = 4;
  expect(count.of(MASTER)).toBe(4);
});

test('a lower number counts only after a minute', () => {
  let known = 2;
  const count = countWith(() => known);
  expect(count.of(MASTER)).toBe(2);
  nowMs = 30_000;
  known = 1;
  expect(count.of(MASTER)).toBe(2);
  nowMs = 59_999;
  expect(count.of(MASTER)).toBe(2);
  nowMs = 60_000;
  expect(count.of(MASTER)).toBe(1);
});

test('a node of a cluster counts its replicas, also those that are down', () => {
  const nodes = [
    'aaa 127.0.0.1:7000@17000 master - 0 1 1 connected 0-5460',
    'bbb 127.0.0.1:7001@17001 myself,master - 0 1 2 connected 5461-10922',
    'ccc 127.0.0.1:7002@17002 slave bbb 0 1 2 connected',
    'ddd 127.0.0.1:7003@17003 slave,fail bbb 0 1 2 disconnected',
    'eee 127.0.0.1:7004@17004 slave aaa 0 1 1 connected',
    '',
  ];
  expect(replicasOfMyself(nodes.join('\n'))).toBe(2);
  expect(replicasOfMyself('')).toBe(0);
});
