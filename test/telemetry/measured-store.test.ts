import { expect, test } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../src/store/session-store.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMeasuredStore } from '../../src/telemetry/measured-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { SESSION_STORE_OPERATIONS } from '../../src/telemetry/metrics-table.ts';

const written: string[] = [];
const log = createLog({ level: 'warn', write: (line) => written.push(line) });

/** A store whose every call answers `answer` with what it was called with, or is refused. */
function storeThat(answers: { error?: Error }): SessionStore {
  const call = (...received: unknown[]): Promise<never> =>
    answers.error === undefined
      ? Promise.resolve(received as never)
      : Promise.reject(answers.error);
  return {
    append: call,
    read: call,
    inspect: call,
    compact: call,
    touch: call,
    lock: call,
    unlock: call,
    forgetLapsed: call,
    erase: call,
    quarantine: call,
    unseal: call,
    index: call,
    unindex: call,
    eraseUser: call,
    noteEnd: call,
    userSessions: call,
    inspectUser: call,
    scanSessions: call,
    watch: () => () => {},
    momentOf: () => undefined,
    shardOfSession: () => '',
    shardOfUser: () => '',
    ping: call,
    close: call,
  };
}

const SCAN = { position: '', idPrefix: 's', count: 3 };
const LIMITS = { endsAtMonotonicMs: 1 };

function callEach(store: SessionStore): Promise<unknown>[] {
  const argument = {} as never;
  return [
    store.append(argument, LIMITS),
    store.read('s'),
    store.inspect('t'),
    store.compact(argument, LIMITS),
    store.touch(argument, LIMITS),
    store.lock(argument, LIMITS),
    store.unlock(argument, LIMITS),
    store.forgetLapsed(argument, LIMITS),
    store.erase(argument, LIMITS),
    store.quarantine(argument, LIMITS),
    store.index(argument, LIMITS),
    store.unindex(argument, LIMITS),
    store.eraseUser(argument, LIMITS),
    store.userSessions('u', { offset: 1, limit: 2 }),
    store.inspectUser('v'),
    store.scanSessions(SCAN),
    store.ping(),
  ];
}

test('each call is handed on, counted once, and timed as ok', async () => {
  const metrics = createMetrics({ version: '1' });
  const answers = await Promise.all(callEach(createMeasuredStore(storeThat({}), { metrics, log })));
  const received = Array.from({ length: 10 }, () => [{}, LIMITS]);
  const users = [['u', { offset: 1, limit: 2 }], ['v'], [SCAN], []];
  expect(answers).toEqual([[{}, LIMITS], ['s'], ['t'], ...received, ...users]);
  const exposition = await metrics.exposition();
  for (const operation of SESSION_STORE_OPERATIONS) {
    expect(exposition).toContain(
      `cognigy_session_store_round_trips_total{operation="${operation}"} 1\n`,
    );
    expect(exposition).toContain(
      `cognigy_session_store_seconds_count{operation="${operation}",result="ok"} 1\n`,
    );
  }
});

test('a call without an answer is counted as unavailable, its reason is logged, its error is handed on', async () => {
  const metrics = createMetrics({ version: '1' });
  const error = new StoreUnavailable('read', { reason: 'no connection' });
  const calls = callEach(createMeasuredStore(storeThat({ error }), { metrics, log }));
  for (const call of calls) await expect(call).rejects.toBe(error);
  const exposition = await metrics.exposition();
  for (const operation of SESSION_STORE_OPERATIONS)
    expect(exposition).toContain(
      `_seconds_count{operation="${operation}",result="unavailable"} 1\n`,
    );
  expect(written).toHaveLength(SESSION_STORE_OPERATIONS.length);
  for (const line of written) expect(line).toMatch(/a call of the store failed.*no connection/);
});

test('a call that the store refuses is counted by why', async () => {
  const metrics = createMetrics({ version: '1' });
  const refusal = { kind: 'no_permission', isLasting: true, text: 'NOPERM' } as const;
  const error = new StoreUnavailable('ping', { reason: 'host: NOPERM', refusal });
  const store = createMeasuredStore(storeThat({ error }), { metrics, log });
  await expect(store.ping()).rejects.toBe(error);
  const exposition = await metrics.exposition();
  expect(exposition).toContain('cognigy_session_store_refusals_total{kind="no_permission"} 1\n');
  expect(exposition).toContain('cognigy_session_store_refusals_total{kind="disk_full"} 0\n');
});

test('the store is up as long as its latest call was answered', async () => {
  const metrics = createMetrics({ version: '1' });
  const answers: { error?: Error } = {};
  const store = createMeasuredStore(storeThat(answers), { metrics, log });
  expect(await metrics.exposition()).toContain('cognigy_session_store_up 0\n');
  await store.ping();
  expect(await metrics.exposition()).toContain('cognigy_session_store_up 1\n');
  answers.error = new StoreUnavailable('ping', { reason: 'no connection' });
  await expect(store.ping()).rejects.toBe(answers.error);
  expect(await metrics.exposition()).toContain('cognigy_session_store_up 0\n');
});

test('writes are counted by their durability, and those that are less safe than required', async () => {
  const metrics = createMetrics({ version: '1' });
  let durability = 'replicated';
  const keeping = { append: async () => ({ status: 'stored', durability }) } as never;
  const store = createMeasuredStore(keeping, { metrics, log, required: 'replicated' });
  await store.append({} as never);
  durability = 'stored';
  await store.append({} as never);
  await store.append({} as never);
  const exposition = await metrics.exposition();
  expect(exposition).toContain('cognigy_session_durability_total{durability="replicated"} 1\n');
  expect(exposition).toContain('cognigy_session_durability_total{durability="stored"} 2\n');
  expect(exposition).toContain('cognigy_session_durability_shortfalls_total 2\n');
  const line = 'an update is kept less safely than DURABILITY requires';
  expect(written.filter((text) => text.includes(line))).toHaveLength(1);
});
