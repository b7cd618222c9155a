// Whatever happens to the bytes of a spool, every row whose own bytes are as they were written is
// found again.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prepareSpool } from '../../src/spool/prepare.ts';
import type { Spool } from '../../src/spool/spool.ts';
import {
  asAfterCrash,
  createRing,
  MAX_BYTES,
  openSmallSpool,
  payloadOf,
  SEGMENT_BYTES,
} from './small-spool.ts';

/** Damage to a segment, by shares of the number of segments, and of their size. */
type Damage = { kind: 'flip' | 'zero' | 'truncate'; segment: number; at: number; bytes: number };
type Step =
  | { kind: 'add'; bytes: number; together: number }
  | { kind: 'done'; row: number; count: number }
  | { kind: 'restart' }
  | { kind: 'crash'; damage: Damage[] };

/** Not `fc.double`: nearly all of its values are next to 0. */
const share = fc.integer({ min: 0, max: 9999 }).map((part) => part / 10_000);

const damages = fc.record<Damage>({
  kind: fc.constantFrom('flip', 'zero', 'truncate'),
  segment: share,
  at: share,
  bytes: fc.integer({ min: 1, max: 3000 }),
});

const steps = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      bytes: fc.integer({ min: 0, max: 1500 }),
      together: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('done' as const),
      row: share,
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      damage: fc.array(damages, { maxLength: 3 }),
    }),
  },
);

test('every row that is not done is found after a crash, unless its own bytes were damaged; damage is counted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async (sequence) => {
      const run = await start();
      for (const step of sequence) await run.take(step);
      await run.take({ kind: 'crash', damage: [] });
    }),
    { numRuns: 60 },
  );
});

/** Rows by their numbers. */
type Rows = Map<number, Uint8Array>;

async function start() {
  let folder = createRing();
  let spool = await openSmallSpool(folder);
  let live: Rows = new Map();
  const added: Rows = new Map();
  let named = 0;
  // Damage is counted at every start until its segment is used again.
  let isDamaged = false;

  return {
    async take(step: Step): Promise<void> {
      if (step.kind === 'add') await add(step.bytes, step.together);
      if (step.kind === 'done') done(step.row, step.count);
      if (step.kind === 'restart') await restart();
      if (step.kind === 'crash') await crash(step.damage);
    },
  };

  async function add(bytes: number, together: number): Promise<void> {
    const payloads = Array.from({ length: together }, () => {
      named += 1;
      return payloadOf(`row ${named}`, bytes + 12);
    });
    const outcomes = await Promise.allSettled(payloads.map((payload) => spool.add(payload)));
    for (const [index, outcome] of outcomes.entries()) {
      const payload = payloads[index] ?? new Uint8Array();
      if (outcome.status === 'rejected') {
        expect(outcome.reason.message).toMatch(/^the spool is full/);
        continue;
      }
      live.set(outcome.value, payload);
      added.set(outcome.value, payload);
    }
  }

  function done(row: number, count: number): void {
    const numbers = [...live.keys()];
    for (const number of numbers.slice(Math.floor(row * numbers.length)).slice(0, count)) {
      spool.done(number);
      live.delete(number);
    }
  }

  async function restart(): Promise<void> {
    await spool.close();
    await open();
    expect(rowsOf(spool)).toEqual(live);
    if (!isDamaged) expect(spool.damage()).toEqual({ rows: 0, bytes: 0 });
  }

  async function crash(damage: readonly Damage[]): Promise<void> {
    const after = asAfterCrash(folder);
    await spool.close();
    folder = after;
    const before = readSegments(folder);
    for (const each of damage) inflict(folder, each);
    const { hit, mustCount } = compare(before, readSegments(folder), live);
    await open();
    const found = rowsOf(spool);
    for (const [number, payload] of found) expect(payload).toEqual(added.get(number));
    const lost = [...live.keys()].filter((number) => !found.has(number));
    expect(lost.filter((number) => !hit.has(number))).toEqual([]);
    if (mustCount) expect(spool.damage().bytes).toBeGreaterThan(0);
    isDamaged ||= damage.length > 0;
    if (!isDamaged) expect(spool.damage()).toEqual({ rows: 0, bytes: 0 });
    live = found;
  }

  async function open(): Promise<void> {
    prepareSpool(folder, MAX_BYTES, { segmentBytes: SEGMENT_BYTES });
    spool = await openSmallSpool(folder);
  }
}

/** The rows that were found, which must be in their order. */
function rowsOf(spool: Spool): Rows {
  const numbers = spool.recovered().map(({ number }) => number);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  return new Map(spool.recovered().map(({ number, payload }) => [number, payload]));
}

type Files = Map<string, Buffer>;

function readSegments(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name.endsWith('.segment'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))]));
}

function inflict(folder: string, { kind, segment, at, bytes }: Damage): void {
  const files = [...readSegments(folder)];
  const [name = '', content = Buffer.alloc(0)] = files[Math.floor(segment * files.length)] ?? [];
  const place = Math.floor(at * content.length);
  if (kind === 'zero') content.subarray(place, place + bytes).fill(0);
  if (kind === 'flip' && place < content.length)
    content.writeUInt8(content.readUInt8(place) ^ (1 << (bytes & 7)), place);
  writeFileSync(join(folder, name), kind === 'truncate' ? content.subarray(0, place) : content);
}

const ROW_HEADER_BYTES = 32;
const DIGEST_BYTES = 32;
const SLOT_BYTES = 64;

/** Which rows were hit, found by their payloads; and whether the damage to one of them must have
 * been noticed. A row of which the beginning is all zeros looks like the end of the rows. */
function compare(
  before: Files,
  after: Files,
  live: Rows,
): { hit: Set<number>; mustCount: boolean } {
  const hit = new Set<number>();
  let mustCount = false;
  for (const [number, payload] of live) {
    const { name, at } = newestCopy(before, payload);
    const end = at + ROW_HEADER_BYTES + payload.length + DIGEST_BYTES;
    const was = before.get(name)?.subarray(at, end) ?? Buffer.alloc(0);
    const is = after.get(name)?.subarray(at, end) ?? Buffer.alloc(0);
    if (was.equals(is)) continue;
    hit.add(number);
    mustCount ||= is.length < was.length || is.subarray(0, SLOT_BYTES).some((byte) => byte !== 0);
  }
  return { hit, mustCount };
}

/** A row that was moved is in two segments: the generation is in its header. */
function newestCopy(files: Files, payload: Uint8Array): { name: string; at: number } {
  const copies = [...files].flatMap(([name, content]) => {
    const found: { name: string; at: number; generation: bigint }[] = [];
    let payloadAt = content.indexOf(payload);
    while (payloadAt >= 0) {
      const at = payloadAt - ROW_HEADER_BYTES;
      if (at % SLOT_BYTES === 0 && content.readUInt32BE(at) === payload.length)
        found.push({ name, at, generation: content.readBigUInt64BE(at + 16) });
      payloadAt = content.indexOf(payload, payloadAt + 1);
    }
    return found;
  });
  const [newest] = copies.sort((a, b) => Number(b.generation - a.generation));
  if (newest === undefined) throw new Error('an acknowledged row is in no segment');
  return newest;
}
