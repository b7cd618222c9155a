// Changes bytes as wires, proxies and attackers do.

import type { Random } from '../model/random.ts';
import { oddNumber, oddText, someBytes } from './odd-texts.ts';

const CHANGES_MAX = 4;
/** Bytes on which parsers change their state. */
const TURNING_BYTES = [
  ...Buffer.from('\0\r\n\t :;,."\'{}[]()<>/\\?#%&=@-+0\x7f\x80\xc0\xff', 'latin1'),
];

type Change = (bytes: Buffer, at: number, random: Random) => Buffer;

const CHANGES: readonly Change[] = [
  (bytes, at, random) =>
    replaced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))])),
  (bytes, at, random) => replaced(bytes, at, 1, Buffer.from([random.pick(TURNING_BYTES)])),
  (bytes, at, random) => replaced(bytes, at, 0, Buffer.from([random.pick(TURNING_BYTES)])),
  (bytes, at, random) => replaced(bytes, at, 0, someBytes(random, 1 + random.below(16))),
  (bytes, at, random) =>
    replaced(bytes, at, random.below(8), Buffer.from(oddText(random), 'latin1')),
  (bytes, at, random) =>
    replaced(bytes, at, random.below(8), Buffer.from(oddNumber(random), 'latin1')),
  // Leaves out, repeats, moves.
  (bytes, at, random) => replaced(bytes, at, 1 + random.below(32), NOTHING),
  (bytes, at, random) => replaced(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(64))),
  (bytes, at, random) =>
    replaced(bytes, at, 4, bytes.subarray(random.below(bytes.length)).subarray(0, 16)),
];

const NOTHING = Buffer.alloc(0);

/** The bytes after one to four changes; at times they also break off. */
export function mutated(random: Random, bytes: Buffer): Buffer {
  let changed = bytes;
  for (let left = 1 + random.below(CHANGES_MAX); left > 0 && changed.length > 0; left--) {
    changed = random.pick(CHANGES)(changed, random.below(changed.length), random);
  }
  return random.chance(0.1) ? changed.subarray(0, random.below(changed.length + 1)) : changed;
}

function replaced(bytes: Buffer, at: number, count: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);
}
