import { expect, test } from 'vitest';
import type { Persisted, SessionService } from '../../src/service/session-service.ts';
import { Refusal } from '../../src/session/errors.ts';
import { createMeasuredService } from '../../src/telemetry/measured-service.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const RECEIPT = { wallMicros: 0n, monotonicMs: performance.now() };
const COMMAND = { receipt: RECEIPT } as never;
const STORED: Persisted = {
  ...{
    sessionId: 's',
    status: 'accepted',
    revision: 1,
    etag: 'e',
    durability: 'stored',
    known: false,
  },
  superseded: false,
  ignoredSteps: [],
};

/** A service whose every method answers what it was called with, persist aside. */
function serviceThat(persist: SessionService['persist']): SessionService {
  const call = async (...received: unknown[]): Promise<never> => received as never;
  return {
    ...{
      persist,
      restore: call,
      inspect: call,
      inspectUser: call,
      listSessions: call,
      userSessions: call,
    },
    touch: async () => ({ found: false, isErased: false }),
    ...{ lock: call, unlock: call, erase: call, eraseUser: call, timeline: call, explain: call },
    async *exportUser() {},
    async *watch() {},
  };
}

test.each<[string, SessionService['persist']]>([
  ['accepted', async () => STORED],
  ['known', async () => ({ ...STORED, known: true })],
  ['dropped', async () => ({ ...STORED, status: 'dropped', revision: 0, etag: '' })],
  ['conflict', () => Promise.reject(new Refusal('conflict', 'no'))],
  ['id_reused', () => Promise.reject(new Refusal('id_reused', 'no'))],
  ['locked', () => Promise.reject(new Refusal('locked', 'no'))],
  ['lock_lost', () => Promise.reject(new Refusal('lock_lost', 'no'))],
  ['schema_violation', () => Promise.reject(new Refusal('schema_violation', 'no'))],
  ['outcome_unknown', () => Promise.reject(new Refusal('outcome_unknown', 'no'))],
  ['internal', () => Promise.reject(new TypeError('a bug'))],
])('an update that was %s is timed as that, once', async (status, persist) => {
  const metrics = createMetrics({ version: '1' });
  const measured = createMeasuredService(serviceThat(persist), metrics);
  const [told, plain] = await Promise.allSettled([measured.persist(COMMAND), persist(COMMAND)]);
  expect(told).toEqual(plain);
  const counts = (await metrics.exposition()).match(/persist_seconds_count\{status="\w+"\} [1-9]/g);
  expect(counts).toEqual([`persist_seconds_count{status="${status}"} 1`]);
});

test('a touch is counted by whether there was a session', async () => {
  const metrics = createMetrics({ version: '1' });
  const measured = createMeasuredService(
    serviceThat(async () => STORED),
    metrics,
  );
  expect(await measured.touch(COMMAND)).toEqual({ found: false, isErased: false });
  expect(await metrics.exposition()).toContain('touches_total{found="false"} 1');
});

test('every other call is handed on as it is', async () => {
  const service = createMeasuredService(
    serviceThat(async () => STORED),
    createMetrics({ version: '1' }),
  );
  const { lock, unlock, erase, eraseUser, inspect, inspectUser } = service;
  for (const call of [lock, unlock, erase, eraseUser, inspect, inspectUser]) {
    expect(await call(COMMAND)).toEqual([COMMAND]);
  }
});
