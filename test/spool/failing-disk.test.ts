import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Disk, nodeDisk, type WritableFile } from '../../src/spool/disk.ts';
import { openSpool } from '../../src/spool/open-spool.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { rowBytes } from '../../src/spool/segment-layout.ts';
import { SpoolFailed, SpoolFull } from '../../src/spool/spool.ts';
import { until } from '../support/until.ts';
import {
  asAfterCrash,
  createFolder,
  createRing,
  LAYOUT,
  openSmallSpool,
  payloadOf,
  recoveredTexts,
} from './small-spool.ts';

type Write = { path: string; synced: boolean; at: number; bytes: number };
type Outcome = 'ok' | 'EIO' | 'ENOSPC' | 'short' | 'half then EIO';

/** The disk, with a fault in the writes that `outcomeOf` names; notes all writes. */
function faultyDisk(outcomeOf: (write: Write) => Outcome | Promise<Outcome>): {
  disk: Disk;
  writes: Write[];
} {
  const writes: Write[] = [];
  async function open(path: string, options: { synced: boolean }): Promise<WritableFile> {
    const file = await nodeDisk.open(path, options);
    return {
      close: file.close,
      async write(bytes, at) {
        const write = { path, at, bytes: bytes.length, synced: options.synced };
        writes.push(write);
        const outcome = await outcomeOf(write);
        if (outcome === 'ok') return file.write(bytes, at);
        if (outcome === 'short' || outcome === 'half then EIO') {
          const half = await file.write(bytes.subarray(0, bytes.length / 2), at);
          if (outcome === 'short') return half;
        }
        throw Object.assign(new Error(`${outcome}: the disk failed`), { code: outcome });
      },
    };
  }
  return { disk: { ...nodeDisk, open }, writes };
}

const isRows = ({ synced, at }: Write) => synced && at >= LAYOUT.rowsAt;

describe.each<Outcome>(['EIO', 'ENOSPC', 'short', 'half then EIO'])(
  'a write that ends in %s:',
  (fault) => {
    test('its callers get "unknown", the next row goes into another segment, and nothing behind it', async () => {
      const folder = createRing();
      let fails = false;
      const { disk, writes } = faultyDisk((write) => (fails && isRows(write) ? fault : 'ok'));
      const failures: string[] = [];
      const onFailure = ({ message }: Error) => failures.push(message);
      const spool = await openSmallSpool(folder, { disk, onFailure });
      await spool.add(payloadOf('before'));
      fails = true;
      const refused = await Promise.allSettled([
        spool.add(payloadOf('unknown 1')),
        spool.add(payloadOf('unknown 2')),
      ]);
      fails = false;
      for (const outcome of refused)
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(SpoolFailed) });
      expect(failures).toHaveLength(1);
      await spool.add(payloadOf('after'));
      expect(spool.usage()).toMatchObject({ rows: 2, bytes: 2 * rowBytes(100) });

      const [, failed] = writes.filter(isRows);
      const behind = failed === undefined ? [] : writes.slice(writes.indexOf(failed) + 1);
      expect(behind.filter(isRows)).toHaveLength(1);
      expect(behind.filter((write) => write.synced && write.path === failed?.path)).toEqual([]);

      const found = recoveredTexts(await openSmallSpool(asAfterCrash(folder)));
      const names = found.map(([, text]) => text.slice(0, text.indexOf('.')));
      expect(names).toEqual(expect.arrayContaining(['before', 'after']));
      expect(['before', 'after', 'unknown 1']).toEqual(expect.arrayContaining(names));
    });
  },
);

test('a disk that fails everywhere refuses rows for certain, and is tried again after a rest', async () => {
  let fails = true;
  let nowMs = 0;
  const { disk, writes } = faultyDisk(({ synced }) => (fails && synced ? 'EIO' : 'ok'));
  const spool = await openSmallSpool(createRing(), {
    disk,
    onFailure: () => {},
    nowMonotonicMs: () => nowMs,
  });
  await expect(spool.add(payloadOf('one'))).rejects.toThrow(SpoolFull);
  const tried = writes.length;
  expect(writes.filter(isRows)).toEqual([]);
  fails = false;
  await expect(spool.add(payloadOf('too early'))).rejects.toThrow(SpoolFull);
  expect(writes).toHaveLength(tried);
  nowMs = 5_000;
  await expect(spool.add(payloadOf('later'))).resolves.toBeGreaterThan(0);
});

test('files that are deleted under it take no row any more, and that is reported', async () => {
  const folder = createRing();
  const failures: string[] = [];
  const onFailure = ({ message }: Error) => failures.push(message);
  const spool = await openSmallSpool(folder, { onFailure });
  await spool.add(payloadOf('before'));
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  await expect(spool.add(payloadOf('first'))).rejects.toThrow(SpoolFailed);
  await expect(spool.add(payloadOf('second'))).rejects.toThrow(SpoolFull);
  expect(failures[0]).toBe('a file of the spool was deleted');
});

test('marks that cannot be written are reported, and cost no row', async () => {
  const folder = createRing();
  const { disk } = faultyDisk(({ synced }) => (synced ? 'ok' : 'EIO'));
  const failures: string[] = [];
  const spool = await openSmallSpool(folder, {
    disk,
    onFailure: ({ message }) => failures.push(message),
  });
  const number = await spool.add(payloadOf('done'));
  spool.done(number);
  await spool.add(payloadOf('kept'));
  await spool.close();
  expect(failures).toEqual(['EIO: the disk failed']);
  const found = await openSmallSpool(folder);
  expect(found.recovered().map((row) => row.number)).toEqual([1, 2]);
});

test('rows that cannot be read back are not moved, and those that can be are kept', async () => {
  const folder = createRing();
  const disk: Disk = {
    ...nodeDisk,
    read: async (path) => {
      if (isOpen) throw new Error('EIO: the disk failed');
      return nodeDisk.read(path);
    },
  };
  let isOpen = false;
  const failures: string[] = [];
  const spool = await openSmallSpool(folder, {
    disk,
    onFailure: ({ message }) => failures.push(message),
  });
  isOpen = true;
  const kept: number[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    const number = await spool.add(payloadOf(turn, 1000)).catch(() => 0);
    if (number > 0 && turn % 10 === 0) kept.push(number);
    else if (number > 0) spool.done(number);
  }
  expect(failures.length).toBeGreaterThan(0);
  const found = await openSmallSpool(asAfterCrash(folder));
  expect(found.recovered().map(({ number }) => number)).toEqual(expect.arrayContaining(kept));
});

describe('a disk that does not answer', () => {
  const STALL_MS = 200;

  /** Opens a spool of which the next write of rows, or of marks, waits. */
  async function openStalling(stalls: (write: Write) => boolean) {
    const folder = createRing();
    const gate = Promise.withResolvers<Outcome>();
    const { disk, writes } = faultyDisk((write) => (stalls(write) ? gate.promise : 'ok'));
    const failures: string[] = [];
    const spool = await openSmallSpool(folder, {
      ...{ disk, stallMs: STALL_MS },
      onFailure: ({ message }) => failures.push(message),
    });
    onTestFinished(() => gate.resolve('ok'));
    return { folder, spool, writes, failures, gate };
  }

  test('holds up rows alone: their callers get an answer, and later rows are refused at once', async () => {
    const { spool, writes, failures, gate } = await openStalling(isRows);
    const inFlight = spool.add(payloadOf('in flight')).catch((error: unknown) => error);
    await until('the write', () => writes.find(isRows));
    const waiting = spool.add(payloadOf('waiting')).catch((error: unknown) => error);
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 1);
    expect(await inFlight).toBeInstanceOf(SpoolFailed);
    expect(await waiting).toBeInstanceOf(SpoolFull);
    clearInterval(turning);
    // On a busy machine a turn takes long; a loop that is held up has none.
    expect(turns).toBeGreaterThan(3);
    await expect(spool.add(payloadOf('refused'))).rejects.toThrow(
      new SpoolFull(`the disk has not answered for ${STALL_MS} ms`),
    );
    expect(failures).toEqual([`the disk has not answered for ${STALL_MS} ms`]);
    gate.resolve('ok');
    const number = await until('the disk to answer', () =>
      spool.add(payloadOf('after')).catch(() => undefined),
    );
    expect(number).toBeGreaterThan(1);
  });

  test('is used by one operation at a time', async () => {
    const { spool, writes, gate } = await openStalling(isRows);
    for (let row = 0; row < 20; row += 1) spool.add(payloadOf(row)).catch(() => {});
    spool.done(1);
    await until('the stall', () =>
      spool.add(payloadOf('x')).catch((error: Error) => error.message),
    );
    expect(writes.filter(isRows)).toHaveLength(1);
    gate.resolve('ok');
  });

  test('may keep the row that nobody waits for: it counts as done', async () => {
    const { folder, spool, gate } = await openStalling(isRows);
    await expect(spool.add(payloadOf('late'))).rejects.toThrow(SpoolFailed);
    gate.resolve('ok');
    await spool.close();
    expect(spool.usage().rows).toBe(0);
    expect((await openSmallSpool(folder)).recovered()).toEqual([]);
  });

  test('keeps a bounded number of rows waiting in memory', async () => {
    const MEBIBYTE = 1024 * 1024;
    const folder = createFolder();
    prepareSpool(folder, 16 * MEBIBYTE);
    const gate = Promise.withResolvers<Outcome>();
    const { disk, writes } = faultyDisk((write) => (write.bytes > MEBIBYTE ? gate.promise : 'ok'));
    const spool = await openSpool(
      { directory: folder, maxBytes: 16 * MEBIBYTE },
      { disk, stallMs: 60_000 },
    );
    onTestFinished(() => spool.close());
    onTestFinished(() => gate.resolve('ok'));
    const row = payloadOf('row', MEBIBYTE);
    const first = spool.add(row);
    await until('the write', () => writes.find(({ bytes }) => bytes > MEBIBYTE));
    const others = Array.from({ length: 9 }, () => spool.add(row));
    await expect(Promise.any(others.slice(7))).rejects.toThrow(AggregateError);
    await expect(others[8]).rejects.toThrow(/^the disk is too slow: \d+ bytes are waiting/);
    gate.resolve('ok');
    await Promise.all([first, ...others.slice(0, 7)]);
  });

  test('with marks refuses rows for certain', async () => {
    const { spool, writes, gate } = await openStalling(({ synced }) => !synced);
    spool.done(await spool.add(payloadOf('done')));
    await until('the write of marks', () => writes.find(({ synced }) => !synced));
    await expect(spool.add(payloadOf('waiting'))).rejects.toThrow(SpoolFull);
    gate.resolve('ok');
  });
});
