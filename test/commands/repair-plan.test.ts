// What the repair command would do with each frame, by where it is and whether it can be read.

import { expect, test } from 'vitest';
import { planRepair } from '../../src/commands/repair-plan.ts';
import { encodeFrame } from '../../src/session/frame.ts';
import type { StoredKey } from '../../src/store/session-store.ts';
import { createSessionUpdate } from '../support/session-update.ts';
import { NOTHING } from '../support/test-service.ts';

const { delta } = createSessionUpdate({ ...NOTHING, sessionId: 's' }, 1n);
const intact = encodeFrame(delta);
const damaged = intact.with(-1, ~(intact.at(-1) ?? 0) & 0xff);

function movesOf(
  frames: Record<string, Uint8Array> | undefined,
  quarantine: Record<string, Uint8Array>,
  discard = false,
) {
  const stored = (held: Record<string, Uint8Array>) =>
    Object.entries(held).map(([name, bytes]) => ({ name, bytes }));
  const key = {
    session: frames && { frames: stored(frames) },
    quarantine: stored(quarantine),
  } as unknown as StoredKey;
  return planRepair('s', key, { discard }).map(
    ({ place, stored: { name }, move }) => `${place} ${name}: ${move ?? 'stays'}`,
  );
}

test('a live frame goes into quarantine only if it is damaged', () => {
  expect(movesOf({ a: intact, b: damaged }, {})).toEqual([
    'frames a: stays',
    'frames b: quarantine',
  ]);
});

test('a frame in quarantine goes back if it is intact and its place is free', () => {
  const held = { a: intact, b: intact, c: damaged };
  expect(movesOf({ a: damaged }, held).slice(1)).toEqual([
    'quarantine a: stays',
    'quarantine b: release',
    'quarantine c: stays',
  ]);
  expect(movesOf(undefined, { b: intact })).toEqual(['quarantine b: stays']);
});

test('what cannot go back is discarded where that is asked for', () => {
  const held = { a: intact, b: intact, c: damaged };
  expect(movesOf({ a: damaged }, held, true).slice(1)).toEqual([
    'quarantine a: discard',
    'quarantine b: release',
    'quarantine c: discard',
  ]);
});
