// The five bytes in front of each message of gRPC and gRPC-Web, right and wrong, and compressed
// messages.

import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../model/random.ts';
import { someBytes } from './odd-texts.ts';

const FLAGS = [1, 2, 3, 0x80, 0x81, 0xff];
const LENGTHS = [0, 1, 0x7fffffff, 0xffffffff, 1_048_577, 100_000];

/** Zeros by the megabyte in a few kilobytes. */
const BOMB = gzipSync(Buffer.alloc(8 * 1024 * 1024));

/** A message in its envelope. */
export function enveloped(payload: Buffer, flags = 0, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

/** A message in an envelope that is wrong in one way, or followed by what must not follow. */
export function brokenEnvelope(random: Random, payload: Buffer): Buffer {
  const right = enveloped(payload);
  return random.pick<() => Buffer>([
    () => enveloped(payload, random.pick(FLAGS)),
    () => enveloped(payload, 0, random.pick(LENGTHS)),
    () => right.subarray(0, random.below(right.length)),
    () => Buffer.concat([right, right]),
    () => Buffer.concat([right, someBytes(random, 1 + random.below(6))]),
    () => Buffer.concat([right, enveloped(Buffer.from('grpc-status: 0\r\n'), 0x80)]),
    () => Buffer.alloc(0),
    () => payload,
  ])();
}

/** A message in an envelope that says it is compressed; mostly it is, at times by other means or
 * broken. */
export function compressedEnvelope(random: Random, payload: Buffer): Buffer {
  return enveloped(compressed(random, payload), 1);
}

/** A body said to be gzip. */
export function compressed(random: Random, payload: Buffer): Buffer {
  const chosen = random.below(20);
  if (chosen === 0) return BOMB;
  if (chosen === 1) return someBytes(random, random.below(50));
  if (chosen === 2) return deflateSync(payload);
  const zipped = gzipSync(payload, { level: 1 });
  if (chosen === 3) return zipped.subarray(0, random.below(zipped.length));
  if (chosen === 4) return Buffer.concat([zipped, zipped]);
  if (chosen === 5) zipped[random.below(zipped.length)] = random.below(256);
  return zipped;
}
