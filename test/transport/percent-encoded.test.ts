import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodedPart, isDecodableQuery } from '../../src/transport/percent-encoded.ts';

const percentEncoded = (bytes: Uint8Array) =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

test('every text comes back from its percent-encoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodedPart(encodeURIComponent(text))).toBe(text);
      expect(isDecodableQuery(new URLSearchParams({ text }).toString())).toBe(true);
    }),
  );
});

test('different bytes are never one text: what is not UTF-8 is refused, encoded or as it is', () => {
  const bytes = fc
    .uint8Array({ minLength: 1, maxLength: 8 })
    .filter((each) => !Buffer.from(Buffer.from(each).toString()).equals(each));
  fc.assert(
    fc.property(bytes, (broken) => {
      expect(decodedPart(percentEncoded(broken))).toBeUndefined();
      expect(isDecodableQuery(`revision=${percentEncoded(broken)}`)).toBe(false);
      // As Node gives bytes of a path.
      expect(decodedPart(Buffer.from(broken).toString('latin1'))).toBeUndefined();
    }),
  );
  for (const part of ['%', '%e', '%zz', 'ä', '漢', 'a b', '\u0000'])
    expect(decodedPart(part)).toBeUndefined();
});
