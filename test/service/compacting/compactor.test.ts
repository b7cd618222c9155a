// Compaction over the embedded store: when it starts, what it folds, what keeps it away.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCompactor } from '../../../src/service/compacting/compactor.ts';
import type { CompactionResult, ServiceParts } from '../../../src/service/parts.ts';
import { createRetryingStore } from '../../../src/service/retrying/retrying-store.ts';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import { NEWEST_FORMAT } from '../../../src/session/format.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import { RECENT_UPDATES } from '../../../src/store/session-store.ts';
import { createSqliteStore, type SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { STORED_HEAD_BYTES } from '../../../src/store/stored-head.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { commandOf, createTestService, NOTHING, receiptNow } from '../../support/test-service.ts';
import { until } from '../../support/until.ts';

const PATIENCE = {
  requestDeadlineMs: 1000,
  nowMonotonicMs: () => performance.now(),
  random: () => 0,
};

let folder: string;
let store: SqliteStore;
let results: CompactionResult[];
let service: ReturnType<typeof createTestService>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compactor-'));
  store = createSqliteStore({ path: join(folder, 'sessions.db') });
  results = [];
  service = createTestService(store, {
    observer: { compactionEnded: ({ result }) => results.push(result) },
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function persist(change: Partial<PersistCommand>): Promise<void> {
  await service.persist(commandOf(change));
  await service.compactor.idle();
}

/** Appends a frame as another sidecar would. */
async function appendFrame(updateId: string, frame: Uint8Array): Promise<void> {
  const moment = { receivedAtMonotonicMs: performance.now(), ttlMs: 60_000 };
  await store.append({
    sessionId: 's',
    updateId,
    frame,
    flowId: '',
    sessionMaxBytes: 1e6,
    ...moment,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
  });
}

async function frames(): Promise<string[]> {
  return (
    (await store.read('s'))?.frames.map(({ kind, name }) => (kind === 'snapshot' ? kind : name)) ??
    []
  );
}

const filler = (bytes: number) => [{ key: 'filler', json: JSON.stringify('x'.repeat(bytes)) }];

describe('compaction', () => {
  test('starts when deltas cross 16 KiB, and then each time they outgrow the snapshot', async () => {
    await persist({ variables: filler(12_000) });
    expect(await frames()).toEqual([expect.not.stringMatching('snapshot')]);
    await persist({ variables: filler(6000) });
    expect(await frames()).toEqual(['snapshot']);
    const big = Array.from({ length: 10 }, (_, index) => ({
      key: `big${index}`,
      json: JSON.stringify('y'.repeat(3000)),
    }));
    await persist({ variables: big });
    expect(await frames()).toEqual(['snapshot']);
    // A snapshot of 30 kB: nothing below that is worth folding it again.
    results.length = 0;
    for (let turn = 0; turn < 9; turn++) await persist({ variables: filler(3000) });
    expect(results).toEqual([]);
    for (let turn = 0; turn < 3; turn++) await persist({ variables: filler(3000) });
    expect(results).toEqual(['compacted']);
  });

  test('starts with the append that reaches 16 KiB, heads included, and not before', async () => {
    const threshold = 16 * 1024;
    const deltaBytes = async () => (await store.read('s'))?.deltaBytes ?? 0;
    await persist({ variables: filler(1000) });
    const rest = threshold - (await deltaBytes()) - 15;
    // The two take fewer bytes than the threshold by less than a head.
    await persist({ variables: filler(rest - ((await deltaBytes()) - 1000)) });
    const taken = await deltaBytes();
    expect(taken).toBeLessThan(threshold);
    expect(taken).toBeGreaterThan(threshold - STORED_HEAD_BYTES);
    expect(results).toEqual([]);
    await persist({});
    expect(results).toEqual(['compacted']);
  });

  test('starts once 4 KiB of deltas are left alone, not after an update that compacts', async () => {
    const parts = {
      store: createRetryingStore(store, PATIENCE),
      settings: { sessionMaxBytes: 1e6, writeFormat: 1 },
      patience: PATIENCE,
      observer: {
        compactionEnded: ({ result }: { result: CompactionResult }) => results.push(result),
      },
    };
    const compactor = createCompactor(parts as unknown as ServiceParts, { idleAfterMs: 20 });
    const bytes = { snapshotBytes: 0, appendedBytes: 1000 };
    await service.persist(commandOf({ variables: filler(3000) }));
    compactor.appended('s', { ...bytes, deltaBytes: 4095 });
    compactor.appended('other', { ...bytes, deltaBytes: 4096 });
    await until('the other session is found idle', () => results[0]);
    expect(await frames()).toEqual([expect.not.stringMatching('snapshot')]);
    compactor.appended('s', { ...bytes, deltaBytes: 4096 });
    await until('the session is found idle', () => results[1]);
    await compactor.idle();
    expect(results).toEqual(['skipped', 'compacted']);
    await compactor.close();
  });

  test('remembers the latest updates that it folds, and forgets the oldest', async () => {
    const updateIds = Array.from({ length: RECENT_UPDATES + 6 }, (_, place) => `u${place}`);
    for (const [place, updateId] of updateIds.entries()) {
      await persist({ updateId });
      if (place % 10 === 9) expect(await service.compactor.compact('s')).toBe('compacted');
    }
    const isKnown = async (updateId = '') => (await service.persist(commandOf({ updateId }))).known;
    expect(await isKnown(updateIds.at(-1))).toBe(true);
    expect(await isKnown(updateIds.at(-RECENT_UPDATES))).toBe(true);
    expect(await isKnown(updateIds.at(-RECENT_UPDATES - 1))).toBe(false);
  });

  test('that failed is made up for by a later append', async () => {
    const compact = store.compact;
    store.compact = async () => 'changed';
    await persist({ variables: filler(17_000) });
    expect(results).toEqual(['changed']);
    store.compact = compact;
    await persist({ variables: filler(17_000) });
    expect(results).toEqual(['changed', 'compacted']);
    expect(await frames()).toEqual(['snapshot']);
  });

  test('is kept away by a frame of a newer format, which is kept', async () => {
    await persist({ variables: filler(100) });
    const { delta, updateId } = createSessionUpdate(
      { ...NOTHING, sessionId: 's', updateId: 'newer' },
      1n,
    );
    await appendFrame(updateId, encodeFrame({ ...delta, format: NEWEST_FORMAT + 1 }));
    expect(await service.compactor.compact('s')).toBe('blocked');
    expect(await frames()).toContain(updateId);
    const restored = await service.restore({
      receipt: receiptNow(),
      sessionId: 's',
      userId: '',
      revision: 0,
    });
    expect(restored?.outcome).toBe('recovered');
  });

  test('is kept away by a frame that is sound and cannot be decoded', async () => {
    await persist({ variables: filler(100) });
    const payload = Buffer.from([0x0f]);
    const digest = createHash('sha256').update(payload).digest();
    await appendFrame('x'.repeat(22), Buffer.concat([Buffer.from([0, 0, 0, 1]), payload, digest]));
    expect(await service.compactor.compact('s')).toBe('blocked');
  });

  test('has nothing to do for a session that is gone or folded', async () => {
    expect(await service.compactor.compact('nobody')).toBe('skipped');
    await persist({ variables: filler(17_000) });
    expect(await service.compactor.compact('s')).toBe('skipped');
  });

  test('starts while a large session still has room', async () => {
    const piece = (name: string) => [{ key: name, json: JSON.stringify('z'.repeat(60_000)) }];
    for (let turn = 0; turn < 10; turn++) await persist({ variables: piece(`piece${turn}`) });
    await service.compactor.compact('s');
    results.length = 0;
    // 600 kB of a million: half of the room is 200 kB.
    for (let turn = 0; turn < 3; turn++) await persist({ variables: piece('other') });
    expect(results).toEqual([]);
    await persist({ variables: piece('other') });
    expect(results).toEqual(['compacted']);
  });

  test('of one session is shared by all that ask for it at once', async () => {
    await persist({ variables: filler(100) });
    const shared = await Promise.all(
      Array.from({ length: 8 }, () => service.compactor.compact('s')),
    );
    expect([shared, results]).toEqual([Array(8).fill('compacted'), ['compacted']]);
  });

  test('starts once more for an append that crosses the threshold while it runs', async () => {
    const sizes = { snapshotBytes: 0, deltaBytes: 17_000, appendedBytes: 17_000 };
    const gate = Promise.withResolvers<void>();
    const read = store.read;
    let reads = 0;
    store.read = async (sessionId) => {
      reads += 1;
      const stored = await read(sessionId);
      await gate.promise;
      return stored;
    };
    await service.persist(commandOf({ updateId: 'u-1', variables: filler(100) }));
    service.compactor.appended('s', sizes);
    await until('the first run to have read', () => (reads === 1 ? true : undefined));
    const other = createSessionUpdate({ ...NOTHING, sessionId: 's' }, 1n);
    await appendFrame(other.updateId, encodeFrame(other.delta));
    // Twice: the run that is still to come covers both.
    for (let times = 0; times < 2; times++) service.compactor.appended('s', sizes);
    gate.resolve();
    await service.compactor.idle();
    expect([reads, results]).toEqual([2, ['compacted', 'compacted']]);
    expect(await frames()).toEqual(['snapshot']);
  });

  test('that waits is dropped when the service ends, one that runs is not', async () => {
    const read = store.read;
    const gate = Promise.withResolvers<void>();
    store.read = async (sessionId) => {
      await gate.promise;
      return read(sessionId);
    };
    const sizes = { snapshotBytes: 0, deltaBytes: 17_000, appendedBytes: 17_000 };
    for (const sessionId of ['a', 'b', 'c', 'd']) service.compactor.appended(sessionId, sizes);
    const closed = service.compactor.close();
    gate.resolve();
    await closed;
    expect(results).toEqual(['skipped', 'skipped']);
  });

  test('keeps retries recognised', async () => {
    const update = { updateId: 'u-1', variables: filler(17_000) };
    await persist(update);
    expect(await frames()).toEqual(['snapshot']);
    const again = await service.persist(commandOf(update));
    expect(again).toMatchObject({ known: true, revision: 1 });
  });
});
