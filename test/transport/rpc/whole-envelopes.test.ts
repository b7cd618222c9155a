import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeEnvelopes } from '../../../src/transport/rpc/whole-envelopes.ts';
import { envelope } from './raw-calls.ts';

const MAX_BYTES = 20;

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let place = 0;
  for (const size of sizes) {
    yield bytes.subarray(place, place + size);
    place += size;
  }
  yield bytes.subarray(place);
}

const given = (bytes: Buffer, sizes: readonly number[]) =>
  Array.fromAsync(wholeEnvelopes(cut(bytes, sizes), MAX_BYTES));

test('however a body is cut into chunks, its envelopes come whole, and the end of it as it is', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: MAX_BYTES }), { maxLength: 5 });
  const sizes = fc.array(fc.nat({ max: 8 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(messages, sizes, fc.nat({ max: 4 }), async (parts, cuts, restBytes) => {
      const envelopes = parts.map((part) => envelope(part, 1));
      const rest = Buffer.alloc(restBytes, 7);
      const whole = Buffer.concat(envelopes);
      const chunks = await given(Buffer.concat([whole, rest]), cuts);
      expect(Buffer.concat(chunks)).toEqual(Buffer.concat([whole, rest]));
      const ends = envelopes.map((_, count) => Buffer.concat(envelopes.slice(0, count + 1)).length);
      let place = 0;
      for (const chunk of restBytes > 0 ? chunks.slice(0, -1) : chunks) {
        place += chunk.length;
        expect(ends).toContain(place);
      }
    }),
  );
});

test('an envelope that is too large is passed on by its head', async () => {
  const [first] = await given(envelope(Buffer.alloc(MAX_BYTES + 1)), [5]);
  expect(first).toHaveLength(5);
});

test('one that is as large as it may be is waited for', async () => {
  const largest = envelope(Buffer.alloc(MAX_BYTES));
  expect(await given(largest, [5, 1, 1])).toEqual([largest]);
});
