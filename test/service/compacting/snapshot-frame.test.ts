// For how long a snapshot remembers that a key was removed.

import { expect, test } from 'vitest';
import { snapshotFrame } from '../../../src/service/compacting/snapshot-frame.ts';
import { readFrame } from '../../../src/session/frame.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { NOTHING } from '../../support/test-service.ts';

const HOUR_MS = 60 * 60 * 1000;
const RECEIVED_MS = Date.UTC(2024, 5, 15, 10);

function rememberedAfter(ageMs: number): string[] {
  const posted = { ...NOTHING, sessionId: 's', removedVariables: ['a'] };
  const { delta } = createSessionUpdate(posted, BigInt(RECEIVED_MS) * 1000n);
  const limits = { sessionMaxBytes: 1e6, roomForBytes: 0, writeFormat: 1 } as const;
  const frame = snapshotFrame('s', [delta], { ...limits, nowMs: RECEIVED_MS + ageMs });
  return readFrame(frame, 's').state?.updates.flatMap((update) => update.removedVariables) ?? [];
}

test.each([
  [0, ['a']],
  [HOUR_MS, ['a']],
  [24 * HOUR_MS, ['a']],
  [24 * HOUR_MS + 1, []],
  [30 * 24 * HOUR_MS, []],
])('after %d ms a snapshot remembers the removals %j', (ageMs, keys) => {
  expect(rememberedAfter(ageMs)).toEqual(keys);
});
