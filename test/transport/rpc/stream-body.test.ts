import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envelopesOf } from '../../../src/transport/rpc/stream-body.ts';
import type { Exchange } from '../../../src/transport/server/http-exchange.ts';
import { envelope } from './raw-calls.ts';

const MAX_BYTES = 40;

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let place = 0;
  for (const size of sizes) {
    yield bytes.subarray(place, place + size);
    place += size;
  }
  yield bytes.subarray(place);
}

function given(
  bytes: Buffer,
  sizes: readonly number[] = [],
  { format = 'binary' as 'binary' | 'json', mayBeCompressed = true } = {},
) {
  const body = Readable.from(
    cut(bytes, sizes).filter(({ length }) => length > 0),
    { objectMode: false },
  );
  const exchange = { body, account: { chargeExpanded() {} } } as unknown as Exchange;
  return Array.fromAsync(envelopesOf(exchange, { format, mayBeCompressed, maxBytes: MAX_BYTES }));
}

test('however a body is cut into chunks, each envelope is whole, and the rest of it comes last', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: MAX_BYTES }), { maxLength: 5 });
  const sizes = fc.array(fc.nat({ max: 8 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(messages, sizes, fc.nat({ max: 4 }), async (parts, cuts, restBytes) => {
      const envelopes = parts.map((part) => envelope(part));
      const rest = restBytes > 0 ? [Buffer.alloc(restBytes, 7)] : [];
      const chunks = await given(Buffer.concat([...envelopes, ...rest]), cuts);
      expect(chunks.map((chunk) => Buffer.from(chunk))).toEqual([...envelopes, ...rest]);
    }),
  );
});

test('one that is as large as it may be is waited for', async () => {
  const largest = envelope(Buffer.alloc(MAX_BYTES));
  expect(await given(largest, [5, 1, 1])).toEqual([largest]);
});

test('a compressed message is passed on without its compression', async () => {
  const message = Buffer.from('a message');
  expect(await given(envelope(gzipSync(message), 1))).toEqual([envelope(message)]);
});

test.each([
  ['that is too large', envelope(Buffer.alloc(MAX_BYTES + 1)), Code.ResourceExhausted],
  [
    'that becomes too large',
    envelope(gzipSync(Buffer.alloc(MAX_BYTES + 1)), 1),
    Code.ResourceExhausted,
  ],
  ['of broken gzip', envelope(Buffer.from('no gzip'), 1), Code.InvalidArgument],
  ['with unknown flags', envelope(Buffer.alloc(1), 4), Code.InvalidArgument],
])('a message %s is refused', async (_what, bytes, code) => {
  await expect(given(bytes)).rejects.toMatchObject({ code });
});

test('a compressed message is refused where no header names a compression', async () => {
  const bytes = envelope(gzipSync('a message'), 1);
  await expect(given(bytes, [], { mayBeCompressed: false })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});

test('JSON that is not UTF-8 is refused', async () => {
  const broken = envelope(Buffer.from([0x22, 0xfc, 0x22]));
  expect(await given(broken)).toEqual([broken]);
  await expect(given(broken, [], { format: 'json' })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});
