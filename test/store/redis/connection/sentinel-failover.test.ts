// The master under sentinels dies, hangs or is replaced on purpose, with a writer going on. What
// was acknowledged and had reached a replica must be there afterwards.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../../../src/store/session-store.ts';
import {
  DOWN_AFTER_MS,
  MASTER_NAME,
  type RedisSentinels,
  startRedisSentinels,
} from '../../../support/redis-sentinel.ts';
import type { RedisServer } from '../../../support/redis-server.ts';
import { appendOf, keys, openStore, untilServed } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { untilRefused } from './refused-calls.ts';

const COMMAND_TIMEOUT_MS = 400;
const WRITER_PAUSE_MS = 5;
const NEVER_MS = 3_600_000;
/** Before the sentinels make a replica of a former master, which ends the connections to it. */
const SOON_MS = 4000;
/** A replica on this machine has what its master acknowledged so long ago. */
const REPLICATED_AFTER_MS = 200;

let group: RedisSentinels;
let store: SessionStore;
let warnings: readonly string[];

beforeAll(async () => {
  group = await startRedisSentinels();
});
afterAll(() => group?.stop());
beforeEach(async () => {
  store = await openStore(group.target, {
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    // Nothing but news and failures makes the client ask the sentinels.
    topologyRefreshMs: 3_600_000,
    onServersChecked: (setup) => {
      warnings = setup.warnings.map(({ line }) => line);
    },
  });
  return () => store.close();
});

type Attempt = { updateId: string; refusal: string | undefined; tookMs: number; endedMs: number };

/** Writes one update after the other to one session, each tried once. */
function startWriter() {
  const { sessionId } = appendOf();
  const attempts: Attempt[] = [];
  let over = false;
  const ended = (async () => {
    while (!over) {
      const append = appendOf({ sessionId });
      const startedMs = performance.now();
      const refusal = await store.append(append).then(
        () => undefined,
        (error) => (error instanceof StoreUnavailable ? error.message : `not a refusal: ${error}`),
      );
      const endedMs = performance.now();
      attempts.push({ updateId: append.updateId, refusal, tookMs: endedMs - startedMs, endedMs });
      await new Promise((resolve) => setTimeout(resolve, WRITER_PAUSE_MS));
    }
  })();
  const written = (count: number, sinceMs = 0) =>
    until(`${count} updates written`, () =>
      attempts.filter(({ refusal, endedMs }) => refusal === undefined && endedMs > sinceMs)
        .length >= count
        ? true
        : undefined,
    );
  const refused = (count: number) =>
    until(
      `${count} updates refused`,
      () => attempts.filter(({ refusal }) => refusal !== undefined).length >= count || undefined,
    );
  return {
    sessionId,
    written,
    refused,
    async stop() {
      over = true;
      await ended;
      // Not asked of the store, which may be the one that is wrong about its master.
      const names = new Set(await namesAt(await group.master(), sessionId));
      const refused = attempts.filter(({ refusal }) => refusal !== undefined);
      const lost = attempts.filter(
        ({ refusal, updateId }) => refusal === undefined && !names.has(updateId),
      );
      return { attempts, refused, lost };
    },
  };
}

/** Lets the sentinels take a master for one that is down once it is silent for so long. */
async function findDownAfter(ms: number): Promise<void> {
  for (const { client } of group.sentinels)
    await client.call('SENTINEL', ['SET', MASTER_NAME, 'down-after-milliseconds', ms]);
}

async function namesAt(server: RedisServer, sessionId: string): Promise<string[]> {
  return await server.client.hkeys(keys.session(sessionId));
}

describe('a master that dies', () => {
  it('is replaced, and nothing is lost that a replica had', async () => {
    const writer = startWriter();
    await writer.written(20);
    const master = await group.master();
    const replicas = group.servers.filter((server) => server !== master);
    await until('the replicas to have some of it', async () => {
      const names = await Promise.all(replicas.map((each) => namesAt(each, writer.sessionId)));
      return names.every(({ length }) => length > 10) || undefined;
    });
    // It is found to be down once there were enough refusals, however fast the machine is.
    await findDownAfter(NEVER_MS);
    await master.kill();
    const killedMs = performance.now();
    const had = new Set(
      (await Promise.all(replicas.map((replica) => namesAt(replica, writer.sessionId)))).flat(),
    );
    await writer.refused(11);
    await findDownAfter(DOWN_AFTER_MS);
    const next = await group.untilReplaced(master);
    await writer.written(20, performance.now());
    const { attempts, refused, lost } = await writer.stop();

    const before = attempts.filter(
      ({ refusal, endedMs }) => refusal === undefined && endedMs < killedMs,
    );
    expect(before.filter(({ updateId }) => had.has(updateId)).length).toBeGreaterThan(10);
    expect(lost.filter(({ updateId, endedMs }) => had.has(updateId) || endedMs > killedMs)).toEqual(
      [],
    );
    expect(refused.length).toBeGreaterThan(10);
    for (const { refusal } of refused)
      expect(refusal).toContain('append did not reach the store: 127.0.0.1:');
    expect(refused.map(({ refusal }) => refusal).join()).toContain(
      `connect ECONNREFUSED 127.0.0.1:${master.port} (master of mymaster, according to the sentinels)`,
    );
    // Where there is no connection nothing waits for one.
    expect(Math.max(...refused.map(({ tookMs }) => tookMs))).toBeLessThan(COMMAND_TIMEOUT_MS + 500);
    // Nothing is said of servers that are not the master.
    await until(
      'the new master to be looked at',
      () =>
        warnings.some((line) => line.startsWith(`127.0.0.1:${next.port}: appendonly is no`)) ||
        undefined,
    );
    expect(warnings).toHaveLength(1);

    // It starts as a master, as which nobody knows it, until the sentinels tell it otherwise.
    await master.start();
    await group.untilWhole();
  });
});

describe('a master that hangs', () => {
  it('is replaced, and takes nothing when it wakes', async () => {
    const writer = startWriter();
    await writer.written(20);
    const master = await group.master();
    const pausedMs = performance.now();
    master.pause();
    await group.untilReplaced(master);
    await writer.written(20, performance.now());
    master.resume();
    const wokenMs = performance.now();
    await writer.written(100, wokenMs);
    // It is still a master in its own eyes, and would take them.
    const atTheOld = await namesAt(master, writer.sessionId);
    const { attempts, refused, lost } = await writer.stop();
    expect(
      lost.filter(({ endedMs }) => endedMs < pausedMs - REPLICATED_AFTER_MS || endedMs > pausedMs),
    ).toEqual([]);
    for (const { refusal, tookMs } of refused) {
      expect(refusal).toContain('append did not reach the store: 127.0.0.1:');
      expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS + 500);
    }
    const late = new Set(
      attempts.filter(({ endedMs }) => endedMs > wokenMs).map(({ updateId }) => updateId),
    );
    expect(atTheOld.filter((name) => late.has(name))).toEqual([]);

    await group.untilWhole();
    await expect(master.client.set('late', 'x')).rejects.toThrow('READONLY');
  });

  it('unnoticed, since nobody wrote, is not written to either when it wakes', async () => {
    const append = appendOf();
    await store.append(append);
    const master = await group.master();
    await master.client.wait(2, 5000);
    master.pause();
    await group.untilReplaced(master);
    master.resume();
    await until('the old master to answer', () => master.client.ping());
    const next = appendOf({ sessionId: append.sessionId });
    await until('the update to be stored', () => store.append(next).catch(() => undefined));
    expect(await namesAt(await group.master(), append.sessionId)).toContain(next.updateId);
    expect(await namesAt(master, append.sessionId)).not.toContain(next.updateId);
    await group.untilWhole();
  });
});

describe('a master that is well and is replaced on purpose', () => {
  it('is left before its replica is promoted, so that nothing is lost', async () => {
    const writer = startWriter();
    await writer.written(20);
    const master = await group.master();
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
    await group.untilReplaced(master);
    await writer.written(20, performance.now());
    const { refused, lost } = await writer.stop();
    const leftMs = refused[0]?.endedMs ?? 0;
    expect(
      lost.filter(({ endedMs }) => endedMs < leftMs - REPLICATED_AFTER_MS || endedMs > leftMs),
    ).toEqual([]);
    for (const { refusal } of refused) {
      expect(refusal).toMatch(/the sentinels are replacing it \(master of mymaster|not connected/);
    }
    await group.untilWhole();
  });

  it('is found by asking where the sentinels may not be listened to', async () => {
    for (const { client } of group.sentinels) {
      await client.call('ACL', ['SETUSER', 'asking', 'on', '>pw', '&*', '+@all', '-subscribe']);
    }
    const credentials = { sentinelUsername: 'asking', sentinelPassword: () => 'pw' };
    const asking = await openStore(group.target, { ...credentials, topologyRefreshMs: 50 });
    const { sessionId } = appendOf();
    const master = await group.master();
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
    const next = await group.untilReplaced(master);
    const writesToTheNext = async () => {
      const append = appendOf({ sessionId });
      await asking.append(append);
      return (await namesAt(next, sessionId)).includes(append.updateId) || undefined;
    };
    expect(await until('an update at the new master', writesToTheNext, SOON_MS)).toBe(true);
    await asking.close();
    await group.untilWhole();
  });

  it('is asked after where the sentinels may not be listened to, once it fails', async () => {
    const credentials = { sentinelUsername: 'asking', sentinelPassword: () => 'pw' };
    const asking = await openStore(group.target, { ...credentials, topologyRefreshMs: 3_600_000 });
    const master = await group.master();
    await master.kill();
    await untilServed(asking);
    expect(await asking.append(appendOf())).toMatchObject({ status: 'stored' });
    await asking.close();
    await master.start();
    await group.untilWhole();
  });

  it('and is not, after all, is used again', async () => {
    const master = await group.master();
    // The chosen one does not hear that it is the master.
    for (const server of group.servers) if (server !== master) server.pause();
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
    await untilRefused(store, 'the sentinels are replacing it');
    await untilServed(store);
    expect(await group.master()).toBe(master);
  });
});
