// Messages in protobuf, as large as they may be, each of the worst of its kind: none holds the
// event loop for long.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BODY_MAX_BYTES,
  HELD_MAX_MS,
  startWatchedApp,
  type WatchedApp,
} from '../../support/held-loop.ts';

let watched: WatchedApp;
beforeAll(async () => {
  watched = await startWatchedApp();
});
afterAll(() => watched.stop());

const NONE = Buffer.alloc(0);
const name = (index: number) => index.toString(36);

/** A field with a length, as protobuf writes it. */
function field(no: number, content: Buffer): Buffer {
  return Buffer.concat([varint((no << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

const repeated = (unit: Buffer) =>
  Buffer.concat(Array(Math.floor((BODY_MAX_BYTES - 100) / unit.length)).fill(unit));
const sessionField = field(1, Buffer.from('s'));
/** `variables` with one list of these elements. */
const listOf = (elements: Buffer) =>
  field(4, field(1, Buffer.concat([field(1, Buffer.from('a')), field(2, field(6, elements))])));
const nestedList = (levels: number): Buffer =>
  field(6, levels === 0 ? NONE : field(1, nestedList(levels - 1)));

/** Requests in protobuf, with the gRPC status of the answer: 8 is `resource_exhausted`. */
const BINARY_BODIES: Record<string, { bytes: Buffer; grpcStatus: number }> = {
  'values without a kind': { bytes: listOf(repeated(field(1, NONE))), grpcStatus: 8 },
  nulls: { bytes: listOf(repeated(field(1, Buffer.from([8, 0])))), grpcStatus: 8 },
  'empty lists': { bytes: listOf(repeated(field(1, field(6, NONE)))), grpcStatus: 8 },
  'empty objects': { bytes: listOf(repeated(field(1, field(5, NONE)))), grpcStatus: 8 },
  'deep and wide': { bytes: listOf(repeated(field(1, nestedList(27)))), grpcStatus: 8 },
  'many variables': {
    bytes: field(
      4,
      Buffer.concat(
        Array.from({ length: 80_000 }, (_, i) =>
          field(1, Buffer.concat([field(1, Buffer.from(name(i))), field(2, Buffer.from([8, 0]))])),
        ),
      ),
    ),
    grpcStatus: 8,
  },
  'one variable, again and again': {
    bytes: field(4, repeated(field(1, field(2, field(6, NONE))))),
    grpcStatus: 0,
  },
  'steps without anything': { bytes: repeated(field(8, NONE)), grpcStatus: 8 },
  'removals of the empty key': { bytes: repeated(field(6, NONE)), grpcStatus: 8 },
  'parts to replace': { bytes: repeated(field(15, NONE)), grpcStatus: 8 },
  'unknown fields': { bytes: repeated(field(99, NONE)), grpcStatus: 0 },
};

const HTTP_STATUS_OF: Record<number, number> = { 0: 200, 8: 429 };

describe.each(Object.entries(BINARY_BODIES))('in protobuf: %s', (_name, { bytes, grpcStatus }) => {
  const body = Buffer.concat([sessionField, bytes]);

  test('over gRPC', async () => {
    const answer = await watched.heldBy('grpc', 'Persist', body);
    expect(answer.grpcStatus).toBe(grpcStatus);
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });

  test('over Connect', async () => {
    const answer = await watched.heldBy('connect-proto', 'Persist', body);
    expect(answer.status).toBe(HTTP_STATUS_OF[grpcStatus]);
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });
});

test('in protobuf: positions of a Watch, over gRPC', async () => {
  const body = Buffer.concat([sessionField, repeated(field(3, NONE))]);
  const answer = await watched.heldBy('grpc', 'Watch', body);
  expect(answer.grpcStatus).toBe(3);
  expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
});
