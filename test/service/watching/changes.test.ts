import { describe, expect, test } from 'vitest';
import { changesSince, type Seen } from '../../../src/service/watching/changes.ts';
import type { SessionView, WatchedUpdate } from '../../../src/service/watching/session-view.ts';

const NOW_MS = 1_000_000;
const etagOf = (life: string, revision: number) => `${life}${revision}`.padStart(20, '0');

function updateOf(life: string, revision: number): WatchedUpdate {
  return {
    ...{ revision, etag: etagOf(life, revision), updateId: `${life}-${revision}` },
    ...{ userId: '', flowId: '', timestamp: '', received: undefined, isPartial: false },
    ...{ variables: [], context: [], removedVariables: [], removedContext: [] },
    ...{ replacesVariables: false, replacesContext: false },
  };
}

/** A session with the updates from `first` to `last`. */
function viewOf(
  life: string,
  [first, last]: [number, number],
  given: Partial<SessionView> & { expiresAtMs?: number } = {},
): SessionView {
  const { expiresAtMs = NOW_MS + 1000, ...rest } = given;
  const count = last - first + 1;
  const updates = Array.from({ length: count }, (_, place) => updateOf(life, first + place));
  const live = { revision: last, etag: etagOf(life, last), expiresAtMs, userId: '', updates };
  return {
    ...{ nowMs: NOW_MS, lockedUntilMs: undefined, erasedAtMs: undefined },
    ...{ live: { ...live, isReadable: true }, ...rest },
  };
}

const NO_SESSION = viewOf('a', [1, 1], { live: undefined });
const seenTo = (view: SessionView): Seen => ({ from: 'view', view });

/** Events in short: the kind, and what tells one from another. */
function shown(seen: Seen, view: SessionView): string[] {
  return changesSince(seen, view).map((event) => {
    switch (event.kind) {
      case 'update':
        return event.update.updateId;
      case 'reset':
        return `reset ${event.reason} ${event.live?.revision ?? 'none'}`;
      case 'unlocked':
        return event.lapsed ? 'lapsed' : 'unlocked';
      default:
        return event.kind;
    }
  });
}

const position = (life: string, revision: number, suffix = ''): Seen => {
  return { from: 'position', revision, etag: etagOf(life, revision) + suffix };
};

describe('a watcher is given', () => {
  test.each<[string, Seen, SessionView, string[]]>([
    ['a reset first', { from: 'start' }, viewOf('a', [1, 3]), ['reset started 3']],
    ['a reset where there is no session', { from: 'start' }, NO_SESSION, ['reset started none']],
    ['what follows a position', position('a', 1), viewOf('a', [1, 3]), ['a-2', 'a-3']],
    ['nothing after the latest', position('a', 3), viewOf('a', [1, 3]), []],
    [
      'the same for the etag of another server',
      position('a', 1, 'ffffffff'),
      viewOf('a', [1, 2]),
      ['a-2'],
    ],
    [
      'a reset for a position of another life',
      position('b', 1),
      viewOf('a', [1, 3]),
      ['reset gap 3'],
    ],
    [
      'a reset for one that was merged long ago',
      position('a', 1),
      viewOf('a', [5, 9]),
      ['reset gap 9'],
    ],
    ['a reset for one that no session has now', position('a', 1), NO_SESSION, ['reset gap none']],
    [
      'a lock that is held when it resumes',
      position('a', 1),
      viewOf('a', [1, 1], { lockedUntilMs: 5 }),
      ['locked'],
    ],
    ['all of a new session', { from: 'nothing' }, viewOf('a', [1, 2]), ['a-1', 'a-2']],
    ['a reset for its merged beginning', { from: 'nothing' }, viewOf('a', [4, 9]), ['reset gap 9']],
    ['new updates', seenTo(viewOf('a', [1, 1])), viewOf('a', [1, 3]), ['a-2', 'a-3']],
    [
      'them where a repair began a new incarnation',
      seenTo(viewOf('a', [1, 2])),
      viewOf('a', [2, 3]),
      ['a-3'],
    ],
    ['the first ones', seenTo(NO_SESSION), viewOf('a', [1, 2]), ['a-1', 'a-2']],
    ['an expiry', seenTo(viewOf('a', [1, 1], { expiresAtMs: NOW_MS })), NO_SESSION, ['expired']],
    [
      'an expiry and what came after it',
      seenTo(viewOf('a', [1, 1], { expiresAtMs: NOW_MS - 1 })),
      viewOf('b', [1, 2]),
      ['expired', 'b-1', 'b-2'],
    ],
    ['an erase', seenTo(viewOf('a', [1, 1])), { ...NO_SESSION, erasedAtMs: 7 }, ['erased']],
    [
      'an erase and what came after it',
      seenTo(viewOf('a', [1, 4], { lockedUntilMs: NOW_MS + 5 })),
      viewOf('b', [1, 1], { erasedAtMs: 7 }),
      ['erased', 'b-1', 'unlocked'],
    ],
    [
      'an erase after an erase',
      seenTo({ ...NO_SESSION, erasedAtMs: 7 }),
      { ...NO_SESSION, erasedAtMs: 8 },
      ['erased'],
    ],
    [
      'no erase where a tombstone expired',
      seenTo({ ...NO_SESSION, erasedAtMs: 7 }),
      NO_SESSION,
      [],
    ],
    ['a loss', seenTo(viewOf('a', [1, 2])), NO_SESSION, ['reset lost none']],
    [
      'a reset where a failover lost what it has seen',
      seenTo(viewOf('a', [1, 5])),
      viewOf('b', [1, 5]),
      ['reset gap 5'],
    ],
    ['a lock', seenTo(NO_SESSION), { ...NO_SESSION, lockedUntilMs: NOW_MS + 9 }, ['locked']],
    [
      'a lock that was renewed',
      seenTo({ ...NO_SESSION, lockedUntilMs: NOW_MS + 5 }),
      { ...NO_SESSION, lockedUntilMs: NOW_MS + 9 },
      ['locked'],
    ],
    ['a release', seenTo({ ...NO_SESSION, lockedUntilMs: NOW_MS + 5 }), NO_SESSION, ['unlocked']],
    ['a lapse', seenTo({ ...NO_SESSION, lockedUntilMs: NOW_MS - 5 }), NO_SESSION, ['lapsed']],
    [
      'nothing twice',
      seenTo(viewOf('a', [1, 3], { lockedUntilMs: 5 })),
      viewOf('a', [1, 3], { lockedUntilMs: 5 }),
      [],
    ],
  ])('%s', (_what, seen, view, expected) => {
    expect(shown(seen, view)).toEqual(expected);
  });
});
