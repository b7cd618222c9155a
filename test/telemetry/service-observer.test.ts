// What the use cases tell, as counts and lines: sessions by their log id, frames by their names,
// never more.

import { beforeEach, expect, test } from 'vitest';
import type { ServiceObserver } from '../../src/service/parts.ts';
import { logIdOf } from '../../src/session/log-id.ts';
import { StoreUnavailable } from '../../src/store/session-store.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { createServiceObserver } from '../../src/telemetry/service-observer.ts';

const sessionId = 'the-session-of-somebody';
const session = logIdOf(sessionId);
const userId = 'a-user-of-somebody';
const user = logIdOf(userId);

let written: string[];
let metrics: Metrics;
let observer: ServiceObserver;
beforeEach(() => {
  written = [];
  metrics = createMetrics({ version: '1' });
  const log = createLog({ level: 'info', write: (line) => written.push(line) });
  observer = createServiceObserver({ log, metrics });
});

const lines = () => written.map((line) => JSON.parse(line));
async function counted(line: string): Promise<number> {
  const found = (await metrics.exposition())
    .split('\n')
    .find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length));
}

test('requests for locks are counted by how they end, and no line is written', async () => {
  observer.lockContended();
  observer.lockWaited(0.25);
  for (const result of ['acquired', 'renewed', 'released', 'timed_out', 'lost'] as const) {
    observer.lockEnded(result);
    expect(await counted(`cognigy_session_locks_total{result="${result}"}`)).toBe(1);
  }
  expect(await counted('cognigy_session_lock_contention_total')).toBe(1);
  expect(await counted('cognigy_session_lock_wait_seconds_sum')).toBe(0.25);
  expect(written).toEqual([]);
});

test('locks that lapsed are all counted, and one is written in ten seconds', async () => {
  for (let lapsed = 0; lapsed < 500; lapsed++) observer.lockLapsed({ sessionId });
  expect(await counted('cognigy_session_locks_total{result="lapsed"}')).toBe(500);
  expect(lines()).toMatchObject([
    { level: 'warn', message: 'a lock ran out without a release', session },
  ]);
});

test('each session that was erased has its line; erasing nothing cannot fill the log', async () => {
  for (let erased = 0; erased < 3; erased++) observer.sessionErased({ sessionId, found: true });
  for (let erased = 0; erased < 500; erased++) observer.sessionErased({ sessionId, found: false });
  expect(await counted('cognigy_session_erased_total{found="true"}')).toBe(3);
  expect(await counted('cognigy_session_erased_total{found="false"}')).toBe(500);
  const erased = { level: 'info', message: 'a session was erased', session };
  expect(lines()).toMatchObject([
    ...[erased, erased, erased],
    { level: 'info', message: 'there was no session to erase', session },
  ]);
});

test('frames in quarantine are counted one by one, and named in the log as far as there is room', async () => {
  const names = Array.from({ length: 50 }, (_, place) => `frame-${place}`);
  observer.framesQuarantined({ sessionId, names });
  observer.framesQuarantined({ sessionId, names: ['another'] });
  expect(await counted('cognigy_session_quarantined_frames_total')).toBe(51);
  expect(lines()).toMatchObject([
    { level: 'warn', session, frames: 50, names: names.slice(0, 20) },
  ]);
});

test('damaged fields are counted one by one, and frames that are missing as the log', async () => {
  observer.metadataDamaged({ sessionId, fields: ['expires_at', 'lock'], isWhole: false });
  observer.metadataDamaged({ sessionId, fields: ['lock'], isWhole: true });
  const counts = ['expires_at', 'lock', 'log', 'flow'].map((field) =>
    counted(`cognigy_session_damaged_metadata_total{field="${field}"}`),
  );
  expect(await Promise.all(counts)).toEqual([1, 2, 1, 0]);
  expect(lines()).toMatchObject([
    { level: 'warn', session, fields: ['expires_at', 'lock'], isWhole: false },
  ]);
});

test('a quarantine that failed is written with its cause, once in ten seconds', () => {
  const cause = new StoreUnavailable('quarantine', { reason: 'no connection' });
  for (let failed = 0; failed < 500; failed++) observer.quarantineFailed({ sessionId, cause });
  expect(lines()).toMatchObject([
    {
      level: 'warn',
      message: 'frames could not be moved into quarantine',
      session,
      error: { message: cause.message },
    },
  ]);
});

const cause = new Error('no connection');

/** Every report, and the lines that it writes at `debug`: by its level, and whose log id it has.
 * One that is missing here is no type. */
const REPORTS: {
  [Name in keyof ServiceObserver]: {
    given: Parameters<ServiceObserver[Name]>[];
    lines: { level: string; of?: string }[];
  };
} = {
  updateSpooled: {
    given: [[{ sessionId, kind: 'update' }], [{ sessionId, kind: 'note' }]],
    lines: [
      { level: 'warn', of: session },
      { level: 'warn', of: session },
    ],
  },
  spoolFailed: {
    given: [[{ isFull: true, cause }]],
    lines: [{ level: 'error' }],
  },
  updateReplayed: {
    given: [
      [{ sessionId, settled: 'stored', waitedMs: 1000 }],
      [{ sessionId, settled: 'erased', waitedMs: 1000 }],
      [{ sessionId, settled: 'too_old', waitedMs: 1000 }],
    ],
    lines: [
      { level: 'debug', of: session },
      { level: 'info', of: session },
      { level: 'error', of: session },
    ],
  },
  watchesChanged: { given: [[{ calls: 1, sessions: 2 }]], lines: [] },
  watchEvent: { given: [['update'], ['heartbeat']], lines: [] },
  watchFailed: {
    given: [[{ sessionId, cause }]],
    lines: [{ level: 'warn', of: session }],
  },
  watchRead: { given: [['pushed'], ['session']], lines: [] },
  rowSetAside: {
    given: [[{ number: 1, problem: 'undecodable' }]],
    lines: [{ level: 'error' }],
  },
  frameStored: { given: [[100]], lines: [] },
  sessionRead: {
    given: [[{ sessionId, outcome: 'intact', frames: 1, sessionBytes: 100 }]],
    lines: [],
  },
  frameUnusable: {
    given: [[{ sessionId, name: 'a', verdict: 'bad_digest' }]],
    lines: [{ level: 'warn', of: session }],
  },
  metadataDamaged: {
    given: [[{ sessionId, fields: ['expires_at'], isWhole: false }]],
    lines: [{ level: 'warn', of: session }],
  },
  compactionEnded: {
    given: [
      [{ sessionId, result: 'failed', seconds: 1, cause }],
      [{ sessionId, result: 'compacted', seconds: 1 }],
    ],
    lines: [
      { level: 'warn', of: session },
      { level: 'debug', of: session },
    ],
  },
  sessionRepaired: {
    given: [[{ sessionId, kind: 'metadata' }]],
    lines: [{ level: 'warn', of: session }],
  },
  flowViolated: { given: [[{ flowId: 'shop', keyword: 'type' }]], lines: [] },
  validationTimedOut: {
    given: [[{ flowId: 'shop', message: 'slow' }]],
    lines: [{ level: 'warn' }],
  },
  stepsIgnored: {
    given: [[{ sessionId, steps: [{ index: 0, reason: 'no node' } as never] }]],
    lines: [{ level: 'warn', of: session }],
  },
  lockContended: { given: [[]], lines: [] },
  lockWaited: { given: [[0.25]], lines: [] },
  lockEnded: { given: [['acquired']], lines: [] },
  lockLapsed: { given: [[{ sessionId }]], lines: [{ level: 'warn', of: session }] },
  lapseUnknown: { given: [[{ sessionId, cause }]], lines: [{ level: 'warn', of: session }] },
  sessionErased: {
    given: [[{ sessionId, found: true }], [{ sessionId, found: false }]],
    lines: [
      { level: 'info', of: session },
      { level: 'info', of: session },
    ],
  },
  userErasureEnded: {
    given: [
      [{ userId, erased: 1, isDone: true, seconds: 1, cause: undefined }],
      [{ userId, erased: 1, isDone: false, seconds: 1, cause }],
    ],
    lines: [
      { level: 'info', of: user },
      { level: 'warn', of: user },
    ],
  },
  framesQuarantined: {
    given: [[{ sessionId, names: ['a'] }]],
    lines: [{ level: 'warn', of: session }],
  },
  quarantineFailed: { given: [[{ sessionId, cause }]], lines: [{ level: 'warn', of: session }] },
  storeRetried: { given: [[true], [false]], lines: [] },
  indexFailed: { given: [[{ sessionId, cause }]], lines: [{ level: 'warn', of: session }] },
};

test.each(Object.entries(REPORTS))(
  '%s writes the log id of a session or user, and never the id itself',
  (name, { given, lines: expected }) => {
    const log = createLog({ level: 'debug', write: (line) => written.push(line) });
    const reports = createServiceObserver({ log, metrics });
    for (const each of given) (reports[name as never] as (...given: unknown[]) => void)(...each);
    const named = lines().map((line) => ({
      level: line.level,
      ...((line.session ?? line.user) && { of: line.session ?? line.user }),
    }));
    expect(named).toEqual(expected);
    expect(written.join('')).not.toContain(sessionId);
    expect(written.join('')).not.toContain(userId);
  },
);

test.each([
  ['bad_digest', 'bad_digest'],
  ['newer_format', 'newer_format'],
] as const)(
  'a frame that could not be used is counted by its verdict, %s',
  async (verdict, kind) => {
    for (let read = 0; read < 3; read++) observer.frameUnusable({ sessionId, name: 'a', verdict });
    expect(await counted(`cognigy_session_checksum_failures_total{verdict="${kind}"}`)).toBe(3);
  },
);

/** One erasure of a user has one such line. */
const ASKED_FOR = 'userErasureEnded';

test.each(Object.entries(REPORTS).filter(([name]) => name !== ASKED_FOR))(
  '%s cannot fill the log with warnings and errors, however often it comes',
  (name, { given, lines: expected }) => {
    for (let count = 0; count < 50; count++)
      for (const each of given) (observer[name as never] as (...given: unknown[]) => void)(...each);
    const isSerious = ({ level }: { level: string }) => level === 'warn' || level === 'error';
    expect(lines().filter(isSerious)).toHaveLength(expected.filter(isSerious).length);
  },
);
