import {
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { payloadMaxBytes } from '../../src/spool/append-rows.ts';
import { type Disk, nodeDisk } from '../../src/spool/disk.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { rowBytes } from '../../src/spool/segment-layout.ts';
import { SpoolFull, SpoolUnavailable } from '../../src/spool/spool.ts';
import {
  asAfterCrash,
  createFolder,
  createRing,
  LAYOUT,
  MAX_BYTES,
  openSmallSpool,
  payloadOf,
  recoveredTexts,
  SEGMENT_BYTES,
} from './small-spool.ts';

test('rows that are not done are found after a crash, oldest first, as they were given', async () => {
  const folder = createRing();
  const spool = await openSmallSpool(folder);
  const payloads = ['a', '', 'ccc'].map((text) => new Uint8Array(Buffer.from(text)));
  const numbers = await Promise.all(payloads.map((payload) => spool.add(payload)));
  expect(numbers).toEqual([1, 2, 3]);
  const found = await openSmallSpool(asAfterCrash(folder));
  expect(recoveredTexts(found)).toEqual([
    [1, 'a'],
    [2, ''],
    [3, 'ccc'],
  ]);
  expect(found.damage()).toEqual({ rows: 0, bytes: 0 });
});

test('rows that are done are not found again, once their marks are written', async () => {
  const folder = createRing();
  const spool = await openSmallSpool(folder);
  const numbers = await Promise.all(['a', 'b', 'c'].map((name) => spool.add(payloadOf(name))));
  spool.done(numbers[1] ?? 0);
  expect(spool.usage()).toMatchObject({ rows: 2, bytes: 2 * rowBytes(100) });
  await spool.close();
  const found = await openSmallSpool(folder);
  expect(found.recovered().map(({ number }) => number)).toEqual([1, 3]);
  for (const { number } of found.recovered()) found.done(number);
  expect(found.usage()).toMatchObject({ rows: 0, bytes: 0 });
  expect(found.recovered()).toEqual([]);
  await found.close();
  expect((await openSmallSpool(folder)).recovered()).toEqual([]);
});

test('numbers grow over restarts, also if all rows are done', async () => {
  const folder = createRing();
  for (const expected of [1, 2, 3]) {
    const spool = await openSmallSpool(folder);
    const number = await spool.add(payloadOf('row'));
    expect(number).toBe(expected);
    spool.done(number);
    await spool.close();
  }
});

test('many restarts do not fill the ring, even if each leaves a row', async () => {
  const folder = createRing();
  for (let run = 0; run < 30; run += 1) {
    const spool = await openSmallSpool(folder);
    expect(spool.recovered()).toHaveLength(run);
    await spool.add(payloadOf(run));
    await spool.close();
  }
});

test('add() refuses a row when the ring is full, and takes it when there is room', async () => {
  const spool = await openSmallSpool(createRing());
  const numbers: number[] = [];
  const full = await addUntilFull(() => spool.add(payloadOf('row', 500)), numbers);
  expect(full).toBeInstanceOf(SpoolFull);
  const { bytes, maxBytes } = spool.usage();
  expect(bytes).toBe(numbers.length * rowBytes(500));
  expect(bytes).toBeLessThanOrEqual(maxBytes);
  expect(maxBytes - bytes).toBeLessThan(rowBytes(500));
  spool.done(numbers[3] ?? 0);
  await expect(spool.add(payloadOf('again', 500))).resolves.toBeGreaterThan(numbers.at(-1) ?? 0);
});

test('a ring with old rows in each segment takes as many bytes as another', async () => {
  const folder = createRing();
  const spool = await openSmallSpool(folder);
  const kept: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const numbers: number[] = [];
    await addUntilFull(() => spool.add(payloadOf(turn, 300)), numbers);
    kept.push(...numbers.splice(0, 1));
    for (const number of numbers) spool.done(number);
    expect(numbers.length).toBeGreaterThan(40 - turn);
  }
  expect(spool.usage().rows).toBe(kept.length);
  const found = await openSmallSpool(asAfterCrash(folder));
  expect(found.recovered().map(({ number }) => number)).toEqual(expect.arrayContaining(kept));
  expect(found.damage().rows).toBe(0);
  // Where a row was moved from, it is not marked.
  for (const number of kept) spool.done(number);
  await spool.close();
  expect((await openSmallSpool(folder)).recovered()).toEqual([]);
});

test('add() refuses a row that no segment can hold, and takes the largest that one can', async () => {
  const spool = await openSmallSpool(createRing());
  const largest = payloadMaxBytes(LAYOUT);
  await expect(spool.add(payloadOf('x', largest + 1))).rejects.toThrow(SpoolFull);
  await expect(spool.add(payloadOf('x', largest))).resolves.toBe(1);
  await expect(spool.add(payloadOf('y', largest))).resolves.toBe(2);
});

test('rows are written through to the disk, and marks are not', async () => {
  const opened: Record<string, string[]> = { rows: [], marks: [] };
  const disk: Disk = {
    ...nodeDisk,
    async open(path, options) {
      const file = await nodeDisk.open(path, options);
      opened[options.synced ? 'rows' : 'marks']?.push(...flagsOf(path));
      return file;
    },
  };
  const spool = await openSmallSpool(createRing(), { disk });
  await spool.add(payloadOf('row'));
  spool.done(1);
  await spool.close();
  expect(opened).toEqual({ rows: ['O_DSYNC'], marks: ['O_DSYNC', ''] });
});

test('rows that are waiting when the spool is closed are written; later ones are refused', async () => {
  const folder = createRing();
  const spool = await openSmallSpool(folder);
  const adding = spool.add(payloadOf('waiting'));
  const closing = spool.close();
  await expect(spool.add(payloadOf('late'))).rejects.toThrow(SpoolFull);
  await Promise.all([adding, closing]);
  expect((await openSmallSpool(folder)).recovered()).toHaveLength(1);
});

describe('the size of the ring:', () => {
  test('a start that was interrupted while it created the ring is completed by the next', async () => {
    const folder = createRing();
    const [first = '', second = ''] = segmentsIn(folder);
    renameSync(second, second.replace('.segment', '.making'));
    truncateSync(second.replace('.segment', '.making'), 100);
    prepareSpool(folder, MAX_BYTES, { segmentBytes: SEGMENT_BYTES });
    expect(segmentsIn(folder)).toHaveLength(5);
    expect(segmentsIn(folder)[0]).toBe(first);
    expect(readdirSync(folder).filter((name) => name.endsWith('.making'))).toEqual([]);
    await (await openSmallSpool(folder)).add(payloadOf('row'));
  });

  test('it grows with what is in it', async () => {
    const folder = createRing();
    const spool = await openSmallSpool(folder);
    await addUntilFull(() => spool.add(payloadOf('row', 500)), []);
    const before = spool.usage();
    await spool.close();
    prepareSpool(folder, 2 * MAX_BYTES, { segmentBytes: SEGMENT_BYTES });
    const grown = await openSmallSpool(folder, { maxBytes: 2 * MAX_BYTES });
    expect(grown.usage().rows).toBe(before.rows);
    expect(grown.usage().maxBytes).toBeGreaterThan(2 * before.maxBytes);
    await grown.add(payloadOf('more', 500));
  });

  test('it shrinks as far as its rows allow, and further when they are done', async () => {
    const folder = createRing(2 * MAX_BYTES);
    const spool = await openSmallSpool(folder, { maxBytes: 2 * MAX_BYTES });
    await addUntilFull(() => spool.add(payloadOf('row', 500)), []);
    const { rows } = spool.usage();
    await spool.close();
    prepareSpool(folder, MAX_BYTES, { segmentBytes: SEGMENT_BYTES });
    const shrunk = await openSmallSpool(folder);
    expect(shrunk.usage().rows).toBe(rows);
    await expect(shrunk.add(payloadOf('more'))).rejects.toThrow(SpoolFull);
    for (const { number } of shrunk.recovered()) shrunk.done(number);
    await shrunk.add(payloadOf('more'));
    await shrunk.close();
    expect(segmentsIn(folder)).toHaveLength(5);
  });

  test('a segment that was cut off is replaced, and what is left of it is kept', async () => {
    const folder = createRing();
    const spool = await openSmallSpool(folder);
    for (const name of ['a', 'b']) await spool.add(payloadOf(name));
    await spool.close();
    const [first = ''] = segmentsIn(folder);
    const { rowsAt } = LAYOUT;
    const bytes = readFileSync(first);
    writeFileSync(first, bytes.subarray(0, rowsAt + rowBytes(100) + 10));
    prepareSpool(folder, MAX_BYTES, { segmentBytes: SEGMENT_BYTES });
    const found = await openSmallSpool(folder);
    expect(found.recovered().map(({ number }) => number)).toEqual([1]);
    expect(found.damage().rows).toBe(1);
    found.done(1);
    await found.close();
    expect(segmentsIn(folder)).not.toContain(first);
  });
});

describe('openSpool() refuses', () => {
  test('a folder that another spool of this process has open', async () => {
    const folder = createRing();
    const spool = await openSmallSpool(folder);
    await expect(openSmallSpool(folder)).rejects.toThrow(`another process uses ${folder}`);
    await spool.close();
    await expect(openSmallSpool(folder)).resolves.toBeDefined();
  });

  test('a folder that was not prepared, or for a smaller ring', async () => {
    await expect(openSmallSpool(createFolder())).rejects.toThrow(SpoolUnavailable);
    const folder = createRing();
    await expect(openSmallSpool(folder, { maxBytes: 2 * MAX_BYTES })).rejects.toThrow(
      /has 5 of 10 segments/,
    );
  });

  test('a folder that does not exist, by its name', async () => {
    const missing = join(createFolder(), 'missing');
    await expect(openSmallSpool(missing)).rejects.toThrow(missing);
  });

  test('the segments of two spools', async () => {
    const folder = createRing();
    writeFileSync(join(folder, `${'0'.repeat(16)}-00000.segment`), '');
    await expect(openSmallSpool(folder)).rejects.toThrow(/the segments of 2 spools/);
  });
});

/** How this process has a file open, once for each time. */
function flagsOf(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) !== path) return [];
      const [, octal = ''] =
        /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
      return [(Number.parseInt(octal, 8) & constants.O_DSYNC) === 0 ? '' : 'O_DSYNC'];
    } catch {
      // That of the listing itself is closed by now.
      return [];
    }
  });
}

async function addUntilFull(add: () => Promise<number>, numbers: number[]): Promise<unknown> {
  for (;;) {
    try {
      numbers.push(await add());
    } catch (error) {
      return error;
    }
  }
}

function segmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .map((name) => join(folder, name));
}
