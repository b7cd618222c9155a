// Whoever reads a session reports it, and each frame of it that could not be used.

import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import type { ServiceObserver } from '../../../src/service/parts.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
let unusable: Parameters<ServiceObserver['frameUnusable']>[0][];
let outcomes: string[];
beforeEach(async () => {
  scratch = openScratch();
  [unusable, outcomes] = [[], []];
  service = scratch.open({
    observer: {
      frameUnusable: (frame) => unusable.push(frame),
      sessionRead: ({ outcome }) => outcomes.push(outcome),
    },
    // Each read finds what the one before it found.
    faults: { quarantine: () => Promise.reject(new Error('down')) },
  });
  for (const step of [1, 2, 3])
    await scratch.persist(service, { userId: 'u', ...variable('step', step) });
});

/** Flips a bit in the middle of stored frames, by their revisions; answers their names. */
async function damage(...revisions: number[]): Promise<string[]> {
  const { frames = [] } = (await scratch.store.read('s')) ?? {};
  const damaged = frames.filter(({ revision }) => revisions.includes(revision));
  const database = new DatabaseSync(scratch.path);
  const write = database.prepare('UPDATE frames SET value = ? WHERE name = ?');
  for (const { name, value } of damaged) {
    const middle = value.length >> 1;
    write.run(
      Uint8Array.from(value, (byte, place) => (place === middle ? byte ^ 1 : byte)),
      name,
    );
  }
  database.close();
  return damaged.map(({ name }) => name);
}

const byUser = () =>
  service.restore({ receipt: scratch.receipt(), sessionId: '', userId: 'u', revision: 0 });

const shown = () => ({ receipt: scratch.receipt(), sessionId: 's', valueMaxBytes: 0 });
const FIRST_PAGE = { newestFirst: false, pageSize: 0, pageToken: '' };
const LATEST = { revision: 0, wholeValue: false };

test.each<[string, () => Promise<unknown>]>([
  ['a restore', () => scratch.restore(service)],
  ['a restore by user', byUser],
  ['an inspection', () => scratch.inspect(service)],
  ['a timeline', () => service.timeline({ ...shown(), ...FIRST_PAGE })],
  ['an explanation', () => service.explain({ ...shown(), pointer: '/userId', ...LATEST })],
])('%s reports each damaged frame, once', async (_, read) => {
  const names = await damage(1, 3);
  await read();
  await service.compactor.idle();
  expect(unusable).toEqual(names.map((name) => ({ sessionId: 's', name, verdict: 'bad_digest' })));
  expect(outcomes).toEqual(['recovered']);
  await read();
  await service.compactor.idle();
  expect(unusable).toHaveLength(4);
});

test('of a session that is whole no frame is reported', async () => {
  await scratch.restore(service);
  expect([unusable, outcomes]).toEqual([[], ['intact']]);
});
