// What noting and sweeping ends costs, in commands.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { setOf } from '../../../../src/store/redis/ends/due-ends.ts';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { keys, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { commandsRun } from '../../../support/sent-commands.ts';
import { commandOf, createTestService } from '../../../support/test-service.ts';
import { waitFor } from '../../../support/wait-for.ts';

const SAVES = 20;
const SESSION_ID = 'talking';
const SET = keys.ends(setOf(SESSION_ID));

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});
beforeEach(async () => {
  await server.client.flushall();
});
afterAll(async () => {
  await server?.stop();
});

/** A conversation, and the note of its end where there is one; answers the commands that it took. */
async function talk(store: SessionStore, isNoted: boolean) {
  const service = createTestService(store, { settings: { sessionTtlMs: 3_600_000 } });
  const work = async () => {
    for (let turn = 0; turn < SAVES; turn++) {
      const variables = [{ key: `turn${turn}`, json: `${turn}` }];
      await service.persist(commandOf({ sessionId: SESSION_ID, variables }));
      await service.compactor.idle();
    }
    await waitFor(async () => expect(await server.client.exists(SET)).toBe(isNoted ? 1 : 0));
  };
  const session = await commandsRun([server], { keys: [keys.session(SESSION_ID)], work });
  await store.close();
  return session;
}

test('a conversation costs one command for its end, and no update one more', async () => {
  const open = (ends?: { isSwept: false }) => openStore(standaloneTarget(server), { ends });
  // A script is sent whole once.
  await talk(await open({ isSwept: false }), true);
  await server.client.flushall();
  const without = await talk(await open(), false);
  await server.client.flushall();
  const store = await open({ isSwept: false });
  const during = { keys: [SET], work: async () => void (await talk(store, true)) };
  const { sent, byScripts } = await commandsRun([server], during);
  expect(sent.filter((name) => name.startsWith('eval'))).toEqual(['evalsha']);
  expect(byScripts.length).toBeLessThanOrEqual(6);
  await server.client.flushall();
  const noted = await talk(await open({ isSwept: false }), true);
  expect(noted.sent).toEqual(without.sent);
  expect(noted.byScripts.filter(isNotOfExpiry)).toEqual(without.byScripts.filter(isNotOfExpiry));
});

/** How many of these run depends on whether two updates are received in one millisecond. */
function isNotOfExpiry(name: string): boolean {
  return name !== 'pexpireat' && name !== 'pexpiretime';
}

test('a sweep of a set in which nothing is due runs as many commands, however many it has', async () => {
  const counts: number[] = [];
  for (const ends of [10, 20_000]) {
    await server.client.flushall();
    const later = Date.now() + 3_600_000;
    const members = Array.from({ length: ends }, (_, end) => [later + end, `sa1 session-${end}`]);
    for (let first = 0; first < ends; first += 1000)
      await server.client.zadd(SET, ...members.slice(first, first + 1000).flat());
    const work = async () => {
      const store = await openStore(standaloneTarget(server), { ends: { speed: 40 } });
      await waitFor(async () => expect(await server.client.zcount(SET, '-inf', '(0')).toBe(1));
      await store.close();
    };
    const { byScripts } = await commandsRun([server], { keys: [SET], work });
    const reads = byScripts.filter((name) => name === 'zrange').length;
    const steps = byScripts.filter((name) => name === 'type').length;
    expect(byScripts).not.toContain('zscan');
    counts.push(Math.round(reads / steps));
  }
  expect(counts[1]).toBe(counts[0]);
});
