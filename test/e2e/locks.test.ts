// Locks and preconditions as internal services use them: real processes of the service, a real
// Redis Cluster.

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OnFinished, startProcess } from '../main/running-process.ts';
import { SECRET } from '../support/running-app.ts';

const SIDECARS = 4;
const WAITERS = 50;
const WRITERS = 64;
const SERVICE = 'cognigy.session.v1.SessionService';

type Sidecar = { rpc: string; admin: string };
// biome-ignore lint/suspicious/noExplicitAny: answers of every method, looked into as JSON.
type Answer = { status: number; body: any };

let storeUrl: string;

beforeAll(() => {
  const nodes = inject('redisCluster').map(({ host, port }) => `${host}:${port}`);
  storeUrl = `redis+cluster://${nodes.join(',')}`;
});

async function startSidecars(count: number, onFinished: OnFinished): Promise<Sidecar[]> {
  const environment = { STORE_URL: storeUrl, COGNIGY_WEBHOOK_SECRET: SECRET };
  const processes = Array.from({ length: count }, () => startProcess(environment, { onFinished }));
  return Promise.all(
    processes.map(async (running) => ({
      rpc: `http://${await running.address('rpc')}`,
      admin: `http://${await running.address('admin')}`,
    })),
  );
}

async function call({ rpc }: Sidecar, method: string, request: object): Promise<Answer> {
  const answer = await fetch(`${rpc}/${SERVICE}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  return { status: answer.status, body: await answer.json() };
}

async function metric({ admin }: Sidecar, line: string): Promise<number> {
  const exposition = await (await fetch(`${admin}/metrics`)).text();
  const found = exposition.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return Number(found?.slice(line.length) ?? Number.NaN);
}

/** Waits for a session's lock, on a busy machine longer than one call may. */
async function lockOf(sidecar: Sidecar, sessionId: string): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const lock = await call(sidecar, 'Lock', { sessionId, waitMs: 30_000, ttlMs: 20_000 });
    if (lock.status !== 409 || attempt === 4) return lock;
  }
}

const at = (sidecars: readonly Sidecar[], place: number) =>
  sidecars[place % sidecars.length] as Sidecar;

describe('four sidecars on one session', { timeout: 180_000 }, () => {
  let sidecars: Sidecar[];
  const ends: Parameters<OnFinished>[0][] = [];
  beforeAll(async () => {
    sidecars = await startSidecars(SIDECARS, (end) => ends.unshift(end));
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  /** A metric of all of them. */
  async function sumOf(line: string): Promise<number> {
    const values = await Promise.all(sidecars.map((sidecar) => metric(sidecar, line)));
    return values.reduce((sum, value) => sum + value, 0);
  }

  test('let one holder at a time count, lose no count, and ask the store seldom', async () => {
    const sessionId = `counted-${crypto.randomUUID()}`;
    let holders = 0;
    let mostHolders = 0;
    const startedMs = performance.now();
    const waiters = Array.from({ length: WAITERS }, async (_, place) => {
      const sidecar = at(sidecars, place);
      const lock = await lockOf(sidecar, sessionId);
      expect(lock.status, JSON.stringify(lock.body)).toBe(200);
      holders += 1;
      mostHolders = Math.max(mostHolders, holders);
      const restored = await call(at(sidecars, place + 1), 'Restore', { sessionId });
      const count = (restored.body.session?.variables?.count ?? 0) + 1;
      const lockToken = lock.body.token;
      const stored = await call(at(sidecars, place + 2), 'Persist', {
        sessionId,
        lockToken,
        variables: { count },
      });
      expect(stored.status).toBe(200);
      holders -= 1;
      expect((await call(sidecar, 'Unlock', { sessionId, token: lockToken })).status).toBe(200);
    });
    await Promise.all(waiters);
    const seconds = (performance.now() - startedMs) / 1000;

    expect(mostHolders).toBe(1);
    const { body } = await call(at(sidecars, 0), 'Restore', { sessionId });
    expect(body.session.variables.count).toBe(WAITERS);
    const contended = await sumOf('cognigy_session_lock_contention_total');
    expect(contended).toBeGreaterThan(WAITERS / 2);
    expect(await sumOf('cognigy_session_locks_total{result="acquired"}')).toBe(WAITERS);
    expect(await sumOf('cognigy_session_locks_total{result="released"}')).toBe(WAITERS);
    expect(await sumOf('cognigy_session_lock_wait_seconds_count')).toBe(WAITERS);
    // One waiter of each sidecar asks, at most every 10 ms; every waiter asks once when its turn
    // comes.
    const asked = await sumOf('cognigy_session_store_round_trips_total{operation="lock"}');
    expect(asked).toBeLessThan(2 * WAITERS + SIDECARS * 100 * seconds);
  });

  test('lose nothing of 64 writers who take no lock', async () => {
    const sessionId = `crowded-${crypto.randomUUID()}`;
    const waitedBefore = await sumOf('cognigy_session_lock_wait_seconds_count');
    const turns = 4;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let turn = 0; turn < turns; turn++) {
        const stored = await call(at(sidecars, writer + turn), 'Persist', {
          sessionId,
          variables: { [`writer${writer}turn${turn}`]: 'x'.repeat(100) },
        });
        expect(stored.status, JSON.stringify(stored.body)).toBe(200);
      }
    });
    await Promise.all(writers);
    const { body } = await call(at(sidecars, 0), 'Restore', { sessionId });
    expect(Object.keys(body.session.variables)).toHaveLength(WRITERS * turns);
    expect(body.session).toMatchObject({ revision: WRITERS * turns, outcome: 'OUTCOME_INTACT' });
    expect(await sumOf('cognigy_session_lock_wait_seconds_count')).toBe(waitedBefore);
  });

  test('let each of 32 writers count by etag, in as many attempts as it takes', async () => {
    const sessionId = `compared-${crypto.randomUUID()}`;
    const countOnce = async (place: number): Promise<number> => {
      for (let attempt = 1; attempt <= 200; attempt++) {
        const { status, body } = await call(at(sidecars, place + attempt), 'Restore', {
          sessionId,
        });
        const ifMatch = status === 404 ? 'none' : body.session.etag;
        const count = (body.session?.variables?.count ?? 0) + 1;
        const stored = await call(at(sidecars, place), 'Persist', {
          sessionId,
          ifMatch,
          variables: { count },
        });
        if (stored.status === 200) return attempt;
        expect([stored.status, stored.body.code]).toEqual([409, 'aborted']);
      }
      throw new Error('no attempt of 200 was the first');
    };
    const attempts = await Promise.all(Array.from({ length: 32 }, (_, place) => countOnce(place)));
    const { body } = await call(at(sidecars, 0), 'Restore', { sessionId });
    expect(body.session.variables.count).toBe(32);
    const conflicts = attempts.reduce((sum, attempt) => sum + attempt - 1, 0);
    expect(await sumOf('cognigy_session_errors_total{error_type="conflict"}')).toBe(conflicts);
  });
});
