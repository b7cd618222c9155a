// WRITE_FORMAT, and what a compaction makes of forms that it reads: it never says less than what it
// folded.

import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SessionStateSchema } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type { CompactionResult } from '../../../src/service/parts.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import type { StoredFrame } from '../../../src/store/session-store.ts';
import { storedHead } from '../../../src/store/stored-head.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { NOTHING } from '../../support/test-service.ts';
import { openScratch, type Scratch, variable } from '../scratch-services.ts';

const FILLER = 'a sentence that comes again and again; '.repeat(100);

let scratch: Scratch;
let results: CompactionResult[];
let database: DatabaseSync;

beforeEach(() => {
  scratch = openScratch();
  results = [];
  database = new DatabaseSync(scratch.path);
  onTestFinished(() => database.close());
});

function openWriting(writeFormat: 1 | 2, sessionMaxBytes = 1e6) {
  return scratch.open({
    settings: { writeFormat, sessionMaxBytes },
    observer: { compactionEnded: ({ result }) => results.push(result) },
  });
}

async function frames(): Promise<StoredFrame[]> {
  return (await scratch.store.read('s'))?.frames ?? [];
}

/** The format of each frame's outermost message: 2 where it is compressed. */
async function formats(): Promise<number[]> {
  // Field 1, a varint, comes first in a payload.
  return (await frames()).map(({ bytes }) => bytes[5] ?? 0);
}

function recentForm(): string {
  return String(database.prepare('SELECT typeof(recent) AS form FROM sessions').get()?.form);
}

async function appendState(
  name: string,
  state: Parameters<typeof encodeFrame>[0],
): Promise<string> {
  const { updateId } = createSessionUpdate({ ...NOTHING, sessionId: 's', updateId: name }, 1n);
  const moment = { receivedAtMonotonicMs: scratch.receipt().monotonicMs, ttlMs: 60_000 };
  const rest = {
    flowId: '',
    sessionMaxBytes: 1e6,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
  };
  await scratch.store.append({
    sessionId: 's',
    updateId,
    frame: encodeFrame(state),
    ...moment,
    ...rest,
  });
  return updateId;
}

describe('WRITE_FORMAT', () => {
  test('1 writes what every version reads', async () => {
    const service = openWriting(1);
    for (const key of ['a', 'b', 'c']) await scratch.persist(service, variable(key, FILLER));
    await service.compactor.compact('s');
    expect(await formats()).toEqual([1]);
    expect(recentForm()).toBe('text');
  });

  test('2 compresses snapshots and remembers updates in binary, and 1 takes both back', async () => {
    const second = openWriting(2);
    const first = openWriting(1);
    await scratch.persist(second, { ...variable('a', FILLER), updateId: 'u-1' });
    expect(await formats()).toEqual([1]);
    await second.compactor.compact('s');
    expect(await formats()).toEqual([2]);
    expect(recentForm()).toBe('blob');
    expect((await frames())[0]?.value.length).toBeLessThan(FILLER.length / 10);
    const answered = { variables: [{ key: 'a', json: JSON.stringify(FILLER) }], outcome: 'intact' };
    for (const service of [first, second])
      expect(await scratch.restore(service)).toMatchObject(answered);

    for (const service of [first, second])
      expect(
        await scratch.persist(service, { ...variable('a', FILLER), updateId: 'u-1' }),
      ).toMatchObject({
        known: true,
      });
    await scratch.persist(first, variable('b', 1));
    expect(recentForm()).toBe('blob');
    await first.compactor.compact('s');
    expect(await formats()).toEqual([1]);
    expect(recentForm()).toBe('text');
    expect((await scratch.restore(first))?.variables.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('2 leaves a session as it is that is beyond half of the limit when it is expanded', async () => {
    const service = openWriting(2, 3 * FILLER.length);
    await scratch.persist(service, variable('a', FILLER));
    await service.compactor.compact('s');
    expect(await formats()).toEqual([2]);
    await scratch.persist(service, variable('b', FILLER));
    await service.compactor.compact('s');
    expect(await formats()).toEqual([1]);
    const one = scratch.persist(service, variable('c', `${FILLER}${FILLER}`));
    await expect(one).rejects.toMatchObject({ reason: 'too_large' });
  });
});

describe('a compaction under WRITE_FORMAT=1', () => {
  test('keeps that an update replaced what was there before', async () => {
    const service = openWriting(1);
    const replacing = { ...variable('new', 2), replace: ['variables'] };
    await scratch.persist(service, { ...variable('old', 1), timestamp: '2024-06-15T10:00:00Z' });
    await scratch.persist(openWriting(2), { ...replacing, timestamp: '2024-06-15T10:00:05Z' });
    expect(await formats()).toEqual([1, 2]);
    await service.compactor.compact('s');
    expect([results, await formats()]).toEqual([['compacted'], [2]]);
    await scratch.persist(service, { ...variable('late', 3), timestamp: '2024-06-15T10:00:04Z' });
    await service.compactor.compact('s');
    expect((await scratch.restore(service))?.variables).toMatchObject([{ key: 'new', json: '2' }]);
    const [snapshot] = (await scratch.inspect(service))?.frames ?? [];
    expect(snapshot).toMatchObject({ kind: 'snapshot', replaces: ['variables'] });
  });

  test('keeps when its frames were received, if all of them say it', async () => {
    const service = openWriting(1);
    const clockTag = '01234567';
    for (const [place, key] of ['a', 'b'].entries()) {
      await scratch.persist(service, variable(key, 1));
      await withHead((revision, etag) =>
        storedHead(revision, etag, { lowestMicros: 5 + place, highestMicros: 5 + place, clockTag }),
      );
    }
    await service.compactor.compact('s');
    expect((await frames())[0]?.reception).toEqual({ lowestMicros: 5, highestMicros: 6, clockTag });
    expect(await scratch.restore(service)).toMatchObject({ outcome: 'intact' });
    await scratch.persist(service, variable('c', 1));
    await service.compactor.compact('s');
    expect((await frames())[0]).toMatchObject({ kind: 'snapshot', reception: undefined });
  });

  test('never happens while a head says more than is known', async () => {
    const service = openWriting(1);
    await scratch.persist(service, variable('a', 1));
    const reception = { lowestMicros: 1, highestMicros: 1, clockTag: '01234567' };
    await withHead((revision, etag) =>
      `${storedHead(revision, etag, reception)}later`.replace('@40', '@45'),
    );
    expect(await scratch.restore(service)).toMatchObject({
      outcome: 'intact',
      variables: [{ key: 'a' }],
    });
    expect(await service.compactor.compact('s')).toBe('blocked');
  });

  test('never happens while something is encrypted, which is reported and never moved', async () => {
    const service = openWriting(1);
    await scratch.persist(service, variable('a', 1));
    const sealed = { format: 2, sessionId: 's', keyId: 'key-1', sealed: randomBytes(40) };
    const name = await appendState('sealed', create(SessionStateSchema, sealed));
    expect(await scratch.restore(service)).toMatchObject({
      outcome: 'recovered',
      variables: [{ key: 'a' }],
    });
    expect(await service.compactor.compact('s')).toBe('blocked');
    const inspected = await scratch.inspect(service);
    await service.compactor.idle();
    expect(inspected?.frames.find((frame) => frame.name === name)?.verdict).toBe('sealed');
    expect((await frames()).map((frame) => frame.name)).toContain(name);
  });

  /** Puts another head in front of the session's latest frame. */
  async function withHead(headOf: (revision: number, etag: string) => string): Promise<void> {
    const last = (await frames()).at(-1) as StoredFrame;
    const value = Buffer.concat([Buffer.from(headOf(last.revision, last.etag)), last.bytes]);
    database.prepare('UPDATE frames SET value = ? WHERE name = ?').run(value, last.name);
  }
});
