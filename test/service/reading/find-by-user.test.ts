// Whose sessions are found by a user, and how many index entries are looked at.

import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SessionStateSchema } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { ENTRIES_MAX, findByUser } from '../../../src/service/reading/find-by-user.ts';
import type { ReadSession } from '../../../src/service/reading/read-session.ts';
import { mayBeOf } from '../../../src/service/reading/restored-session.ts';
import { STORED_SESSIONS } from '../../../src/service/reading/session-reading.ts';

const NAMED = { own: 'u', other: 'v', none: '' } as const;

test.each<[ReadSession['outcome'], keyof typeof NAMED, boolean]>([
  ['intact', 'own', true],
  ['recovered', 'own', true],
  ['fallback', 'own', true],
  ['intact', 'other', false],
  ['recovered', 'other', false],
  ['fallback', 'other', false],
  ['intact', 'none', false],
  // The frame that named the user may be the one that cannot be read.
  ['recovered', 'none', true],
  ['fallback', 'none', true],
])('a session that is %s and names %s user may be of the user: %j', (outcome, named, expected) => {
  const state = create(SessionStateSchema, { updates: [{ userId: NAMED[named] }] });
  expect(mayBeOf({ outcome, state } as ReadSession, 'u')).toBe(expected);
});

test.each([
  [ENTRIES_MAX - 1, true],
  [ENTRIES_MAX, true],
  [ENTRIES_MAX + 1, false],
])('of %d entries that lead nowhere all were read: %j', async (count, isComplete) => {
  const entries = Array.from({ length: count }, (_, place) => ({
    sessionId: `s${place}`,
    eventMs: count - place,
  }));
  let reads = 0;
  const store = {
    async userSessions(_userId: string, { offset, limit }: { offset: number; limit: number }) {
      return entries.slice(offset, offset + limit);
    },
    async read() {
      reads += 1;
      return undefined;
    },
  };
  const found = await findByUser(store as never, 'u', {
    ...{ count: 1, reading: STORED_SESSIONS, caller: undefined },
  });
  expect(found).toEqual({ sessions: [], isComplete });
  expect(reads).toBe(Math.min(count, ENTRIES_MAX));
});
