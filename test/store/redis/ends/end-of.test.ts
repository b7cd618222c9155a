import { expect, test } from 'vitest';
import { type DueEnd, dueEndFrom, memberOf } from '../../../../src/store/redis/ends/due-ends.ts';
import { endFound } from '../../../../src/store/redis/ends/end-of.ts';
import { sealOf } from '../../../../src/store/seal.ts';

const NOW_MS = 1_800_000_000_000;
const DUE_MS = NOW_MS - 1000;
const HOUR_MS = 3_600_000;
const CHAIN = '0123456789abcdef0123';

/** A session's fields: of incarnation `a1`, live for another hour, but for what is given. */
function sessionWith(given: { incarnation?: string; createdAtMs?: number; endMs?: number } = {}) {
  const { incarnation = 'a1', createdAtMs = NOW_MS - 9000, endMs = NOW_MS + HOUR_MS } = given;
  const texts = { revision: '3', incarnation, chain: CHAIN };
  const instants = { created_at: `${createdAtMs}`, expires_at: `${endMs}`, flow: 'f' };
  const fields = { ...texts, ...instants };
  return { ...fields, seal: sealOf(Object.values(fields).join(' ')) };
}

/** A tombstone of an erase that removed a session, but for what is given. */
function tombstoneWith(given: { atMs?: number; endMs?: number; removed?: string } = {}) {
  const { atMs = NOW_MS - 500, endMs = NOW_MS + HOUR_MS, removed = '3 4 0 0' } = given;
  const tombstone = `${atMs} ${endMs} an-erase ${removed}`;
  return { tombstone, tombstone_seal: sealOf(tombstone) };
}

const parked = (endMs: number) =>
  `${NOW_MS - 9000}`.padStart(15, '0') + `${endMs}`.padStart(15, '0');
const later = (atMs: number) => ({ status: 'later', atMs });
const [ended, gone] = [{ status: 'ended' }, { status: 'gone' }];

const session: DueEnd = { kind: 'session', detail: 'a1', sessionId: 's' };
const tombstone: DueEnd = { kind: 'tombstone', detail: '', sessionId: 's' };
const frame: DueEnd = { kind: 'quarantine', detail: 'f1', sessionId: 's' };

test.each<[string, DueEnd, Record<string, string>, object]>([
  ['a key that is gone', session, {}, ended],
  ['a session that has expired', session, sessionWith({ endMs: NOW_MS }), ended],
  ['one that was prolonged', session, sessionWith(), later(NOW_MS + HOUR_MS)],
  [
    'one whose expiry is damaged',
    session,
    { ...sessionWith(), expires_at: 'x', seal: 'y' },
    later(NOW_MS + 600_000),
  ],
  [
    'one whose expiry is damaged, and sealed',
    session,
    { ...sessionWith(), expires_at: '1000' },
    later(NOW_MS + HOUR_MS),
  ],
  [
    'another life after it',
    session,
    sessionWith({ incarnation: 'b2', createdAtMs: DUE_MS }),
    ended,
  ],
  [
    'another life that was received just before it began',
    session,
    sessionWith({ incarnation: 'b2', createdAtMs: DUE_MS - 2000 }),
    ended,
  ],
  [
    'the same life after a repair',
    session,
    sessionWith({ incarnation: 'b2', createdAtMs: DUE_MS - HOUR_MS }),
    { status: 'renamed', incarnation: 'b2', atMs: NOW_MS + HOUR_MS },
  ],
  ['one that was erased', session, tombstoneWith(), gone],
  [
    'one that was erased twice',
    session,
    tombstoneWith({ atMs: DUE_MS - 9, removed: '0 0 0 0' }),
    gone,
  ],
  ['an erase after its end', session, tombstoneWith({ removed: '0 0 0 0' }), ended],
  ['an erase that is forgotten', session, tombstoneWith({ endMs: NOW_MS }), ended],
  ['a lock alone', session, { lock: `t ${NOW_MS + 9000}` }, ended],
  ['a tombstone', tombstone, tombstoneWith(), later(NOW_MS + HOUR_MS)],
  [
    'a damaged tombstone with its seal',
    tombstone,
    { ...tombstoneWith(), tombstone: 'x' },
    later(NOW_MS + HOUR_MS),
  ],
  ['a tombstone that has expired', tombstone, tombstoneWith({ endMs: NOW_MS }), ended],
  ['a tombstone that was removed', tombstone, sessionWith(), ended],
  ['a frame in quarantine', frame, { 'quarantine:f1': parked(NOW_MS + 1) }, later(NOW_MS + 1)],
  ['one that has expired', frame, { 'quarantine:f1': parked(NOW_MS) }, ended],
  ['one that is gone', frame, sessionWith(), ended],
  ['one that was erased', frame, tombstoneWith({ removed: '3 4 1 0' }), gone],
  ['one that had expired before an erase', frame, tombstoneWith(), ended],
])('%s: %j', (_name, end, fields, found) => {
  const bytes = Object.entries(fields).map(([name, text]) => [name, Buffer.from(text)] as const);
  expect(endFound({ ...end, dueAtMs: DUE_MS }, NOW_MS, new Map(bytes))).toEqual(found);
});

test('an end is read from its name, whatever the id of its session', () => {
  for (const sessionId of ['s', 'a b', ' ', 'ü\n😀', '{x}'])
    for (const kind of ['session', 'tombstone', 'quarantine'] as const) {
      const end = { kind, detail: kind === 'tombstone' ? '' : 'abc', sessionId };
      expect(dueEndFrom(memberOf(end))).toEqual(end);
    }
  expect(dueEndFrom('x of a later version')).toBeUndefined();
});
