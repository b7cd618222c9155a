// This version and the last release on one store, replaced by each other under load: every frame is
// readable by both, nothing that was acknowledged is lost or there twice, etags hold, nothing is
// blocked, what was erased stays erased. What each of them writes and reads is in
// docs/compatibility.md.

import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { createFolder } from '../../main/running-process.ts';
import { createRandom } from '../../model/random.ts';
import { seedOf } from '../../model/seed.ts';
import { keyRingText } from '../../support/encryption-keys.ts';
import { until } from '../../support/until.ts';
import { checkOutLastRelease, checkOutReleased } from './released-version.ts';
import { createSessionLoad } from './session-load.ts';
import { type Sidecars, START_MAX_MS, send, startSidecars, type Version } from './sidecars.ts';

const SESSIONS = 6;
const CHANGES = 3;
const STEPS_BETWEEN = 100;
/** While a process ends and another starts. As many as fit would take the time from the start. */
const STEPS_DURING_MAX = 100;

// Each test starts half a dozen processes.
vi.setConfig({ testTimeout: 300_000 });

const current: Version = { name: 'this', environment: {} };
const second: Version = { name: 'this, WRITE_FORMAT=2', environment: { WRITE_FORMAT: '2' } };
const encrypting: Version = {
  ...{ name: 'this, encrypting', environment: { ENCRYPTION_KEYS: keyRingText('one') } },
};
/** The release before this version: the next tag counts as soon as there is one. */
let last: ReturnType<typeof checkOutReleased>;
/** The version that does not read what WRITE_FORMAT=2 writes. */
let first: ReturnType<typeof checkOutReleased>;

beforeAll(() => {
  last = checkOutLastRelease();
  first = checkOutReleased();
});
afterAll(() => {
  last?.remove();
  first?.remove();
});

function clusterUrl(): string {
  return `redis+cluster://${inject('redisCluster')
    .map(({ host, port }) => `${host}:${port}`)
    .join(',')}`;
}

/** Load, and three changes in it; then each process says of each session what it must be. */
async function changeUnderLoad(sidecars: Sidecars, seed: number): Promise<string[]> {
  const random = createRandom(seed);
  const loads = Array.from({ length: SESSIONS }, (_, place) =>
    createSessionLoad(sidecars, {
      sessionId: `mixed-${seed}-${place}`,
      random: createRandom(seed + place),
    }),
  );
  let steps = 0;
  let stepsMax = Number.POSITIVE_INFINITY;
  let isOver = false;
  const running = Promise.all(
    loads.map(async (load) => {
      while (!isOver) {
        await load.step();
        steps += 1;
        await until('the change', () => steps < stepsMax || isOver || undefined, START_MAX_MS);
      }
    }),
  ).finally(() => {
    isOver = true;
  });
  const changing = async () => {
    for (let change = 1; change <= CHANGES; change++) {
      const enough = steps + STEPS_BETWEEN / 2 + random.below(STEPS_BETWEEN);
      await until('more load', () => steps >= enough || isOver || undefined);
      stepsMax = steps + STEPS_DURING_MAX;
      await sidecars.change(
        random.below(sidecars.up().length),
        random.pick(['SIGTERM', 'SIGKILL']),
      );
      stepsMax = Number.POSITIVE_INFINITY;
    }
    const enough = steps + STEPS_BETWEEN;
    await until('load at the end', () => steps >= enough || isOver || undefined);
    isOver = true;
  };
  await Promise.all([running, changing()]);
  await verifyAll();
  // And as the other version sees it, if it is not there.
  await sidecars.change(0, 'SIGTERM');
  await verifyAll();
  const kinds = new Set(loads.flatMap(({ done }) => Object.keys(done)));
  expect([...kinds].sort()).toEqual(
    ['conditional', 'erase', 'lock', 'repeat', 'repeatErased', 'restore', 'update'].sort(),
  );
  return loads.map(({ sessionId }) => sessionId);

  async function verifyAll(): Promise<void> {
    for (const sidecar of sidecars.up()) {
      const alone = { ...sidecars, up: () => [sidecar] };
      for (const load of loads) await load.verify(alone);
    }
  }
}

test('on a Redis Cluster, beside each other', async () => {
  const seed = seedOf('mixed versions, cluster');
  const sidecars = await startSidecars({
    versions: [last, current],
    first: [0, 1],
    environment: { STORE_URL: clusterUrl() },
  });
  await changeUnderLoad(sidecars, seed);
});

test('on one SQLite file, one after the other', async () => {
  const seed = seedOf('mixed versions, SQLite');
  const sidecars = await startSidecars({
    versions: [last, current],
    first: [0],
    environment: {},
    folder: createFolder(),
  });
  await changeUnderLoad(sidecars, seed);
});

test('of this version, with either WRITE_FORMAT, on a Redis Cluster', async () => {
  const seed = seedOf('mixed write formats, cluster');
  const sidecars = await startSidecars({
    versions: [current, second],
    first: [0, 1],
    environment: { STORE_URL: clusterUrl() },
  });
  await changeUnderLoad(sidecars, seed);
});

test('a released version keeps what WRITE_FORMAT=2 wrote, and says that it cannot read all of it', async () => {
  const sidecars = await startSidecars({
    versions: [second, first],
    first: [0, 1],
    environment: { STORE_URL: clusterUrl() },
  });
  const [newer, older] = sidecars.up().map((sidecar) => ({ ...sidecars, up: () => [sidecar] }));
  if (!newer || !older) throw new Error('two processes were started');
  const random = createRandom(1);
  const sessionId = `second-format-${seedOf('second format')}`;
  const post = async (at: Sidecars, key: string, value: string) => {
    const body = { sessionId, variables: { [key]: value } };
    const answer = await send(at, random, { path: '/webhook/cognigy/session', body });
    expect(answer.body).toMatchObject({ status: 'accepted' });
  };
  const restored = async (at: Sidecars) =>
    (await send(at, random, { path: '/webhook/cognigy/restore', body: { sessionId } })).body;
  const value = 'as in a transcript, '.repeat(500);
  await post(newer, 'a', value);
  await post(newer, 'b', value);
  await until('the compaction', async () =>
    (await restored(older)).outcome === 'fallback' ? true : undefined,
  );
  await post(older, 'c', value);
  for (let turn = 0; turn < 4; turn++) await post(older, 'd', `${turn}${value}`);
  expect(await restored(older)).toMatchObject({ outcome: 'recovered', variables: { c: value } });
  const whole = { outcome: 'intact', variables: { a: value, b: value, c: value, d: `3${value}` } };
  expect(await restored(newer)).toMatchObject(whole);

  // An update that replaces: the released version keeps it too, and answers without it.
  const body = { sessionId, variables: { e: '1' }, replace: ['variables'], timestamp: Date.now() };
  const replaced = await send(newer, random, { path: '/webhook/cognigy/session', body });
  expect(replaced.body).toMatchObject({ status: 'accepted' });
  await post(older, 'f', '2');
  const known = { c: value, d: `3${value}`, f: '2' };
  expect(await restored(older)).toMatchObject({ outcome: 'recovered', variables: known });
  const { outcome, variables } = await restored(newer);
  expect({ outcome, variables }).toEqual({ outcome: 'intact', variables: { e: '1', f: '2' } });
});

test.each([
  ['0.1.0', () => first],
  ['this version without keys', () => current],
])('%s keeps what was encrypted', async (name, older) => {
  const sidecars = await startSidecars({
    versions: [encrypting, older()],
    first: [0, 1],
    environment: { STORE_URL: clusterUrl() },
  });
  const [newer, former] = sidecars.up().map((sidecar) => ({ ...sidecars, up: () => [sidecar] }));
  if (!newer || !former) throw new Error('two processes were started');
  const random = createRandom(1);
  const sessionId = `encrypted-${name}-${seedOf('encrypted')}`;
  const post = async (at: Sidecars, variables: object) => {
    const body = { sessionId, variables };
    const answer = await send(at, random, { path: '/webhook/cognigy/session', body });
    expect(answer.body).toMatchObject({ status: 'accepted' });
  };
  const restored = async (at: Sidecars) =>
    (await send(at, random, { path: '/webhook/cognigy/restore', body: { sessionId } })).body;
  await post(newer, { a: '1' });
  expect(await restored(former)).toMatchObject({ found: true, outcome: 'fallback' });
  // Enough for a compaction of the former version, which must not merge.
  const value = 'as in a transcript, '.repeat(500);
  for (let turn = 0; turn < 4; turn++) await post(former, { b: `${turn}${value}` });
  const known = { outcome: 'recovered', variables: { b: `3${value}` } };
  expect(await restored(former)).toMatchObject(known);
  expect(await restored(newer)).toMatchObject({
    ...{ outcome: 'intact', variables: { a: '1', b: `3${value}` } },
  });
});
