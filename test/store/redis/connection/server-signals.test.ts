import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createStoreSignals,
  type ServerSignals,
  signalsFrom,
} from '../../../../src/store/redis/connection/server-signals.ts';
import type { StoreSignals } from '../../../../src/store/store-setup.ts';
import { startRedisReplicas } from '../../../support/redis-replicas.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { waitFor } from '../../../support/wait-for.ts';

const QUIET: ServerSignals = {
  ...{ connectedReplicas: 1, replicationLagBytes: 0, evictedKeys: 0, isDiskFailing: false },
};

describe('the signals of one master', () => {
  test('are those of INFO', () => {
    const info = new Map([
      ['connected_slaves', '3'],
      ['slave0', 'ip=10.0.0.2,port=6379,state=online,offset=900,lag=0'],
      ['slave1', 'ip=10.0.0.3,port=6379,state=online,offset=400,lag=2'],
      ['slave2', 'ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=0'],
      ['master_repl_offset', '1000'],
      ['evicted_keys', '7'],
      ['aof_last_write_status', 'ok'],
      ['rdb_last_bgsave_status', 'err'],
    ]);
    expect(signalsFrom(info)).toEqual({
      ...{ connectedReplicas: 3, replicationLagBytes: 600, evictedKeys: 7, isDiskFailing: true },
    });
  });

  test('are quiet where INFO has nothing', () => {
    expect(signalsFrom(new Map())).toEqual({ ...QUIET, connectedReplicas: 0 });
  });
});

describe('the signals of all masters', () => {
  test('are the worst of each, and evictions since the last look', () => {
    const signals = createStoreSignals();
    const look = (evicted: Record<string, number>) => {
      const masters = Object.entries(evicted).map(
        ([address, evictedKeys]) => [address, { ...QUIET, evictedKeys }] as const,
      );
      return signals(new Map(masters), 0)?.evictedKeys;
    };
    expect(look({ a: 100, b: 5 })).toBe(0);
    expect(look({ a: 110, b: 5 })).toBe(10);
    // Started again; and another one, which has been running for long.
    expect(look({ a: 3, b: 6, c: 999 })).toBe(4);
    expect(look({ b: 6, c: 999 })).toBe(0);
    const worst = signals(
      new Map([
        ['a', { ...QUIET, connectedReplicas: 2, replicationLagBytes: 9 }],
        ['b', { ...QUIET, connectedReplicas: 0, isDiskFailing: true }],
      ]),
      17,
    );
    expect(worst).toEqual({
      ...{ connectedReplicas: 0, replicationLagBytes: 9, evictedKeys: 0, failingDisks: 1 },
      uncoveredSlots: 17,
    });
    expect(signals(new Map(), 5)).toBeUndefined();
  });
});

describe('a store', () => {
  /** The sum of the signals of a store that looks often. */
  async function watched(server: RedisServer, isCluster = false) {
    const seen: StoreSignals[] = [];
    const { host, port } = server;
    const target = isCluster
      ? { kind: 'cluster' as const, nodes: [{ host, port }] }
      : standaloneTarget(server);
    const store = await openStore(target, {
      topologyRefreshMs: 50,
      onServersChecked: ({ signals }) => {
        if (signals) seen.push(signals);
      },
    });
    onTestFinished(() => store.close());
    await waitFor(() => expect(seen.length).toBeGreaterThan(0));
    return { seen, evicted: () => seen.reduce((sum, { evictedKeys }) => sum + evictedKeys, 0) };
  }

  test('reports its replicas, and what it evicts', async () => {
    const { master, replicas, stop } = await startRedisReplicas(1);
    onTestFinished(stop);
    const { seen, evicted } = await watched(master);
    await waitFor(() => expect(seen.at(-1)?.connectedReplicas).toBe(1));
    await replicas[0]?.kill();
    await waitFor(() => expect(seen.at(-1)?.connectedReplicas).toBe(0));

    await master.client.set('evicted', 'x'.repeat(100));
    await master.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await master.client.config('SET', 'maxmemory', '1');
    await master.client.set('more', 'x').catch(() => {});
    await waitFor(() => expect(evicted()).toBeGreaterThan(0));
  });

  test('reports slots that no master serves', async () => {
    const settings = { 'cluster-enabled': 'yes', 'cluster-require-full-coverage': 'no' };
    const server = await startRedisServer({ settings });
    onTestFinished(() => server.stop());
    await server.client.cluster('ADDSLOTSRANGE', 0, 16_283);
    const { seen } = await watched(server, true);
    await waitFor(() => expect(seen.at(-1)?.uncoveredSlots).toBe(100));
  });
});
