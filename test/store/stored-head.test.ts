import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Reception,
  readHead,
  receptionOf,
  STORED_HEAD_BYTES,
  storedHead,
} from '../../src/store/stored-head.ts';

const ETAG = '0123456789abcdef0123';
const HEAD_2_BYTES = 73;
const MICROS_MAX = Number.MAX_SAFE_INTEGER;

const reception: fc.Arbitrary<Reception> = fc
  .tuple(
    fc.integer({ min: 0, max: MICROS_MAX }),
    fc.integer({ min: 0, max: MICROS_MAX }),
    fc.nat(0xffffffff),
  )
  .map(([one, other, tag]) => ({
    lowestMicros: Math.min(one, other),
    highestMicros: Math.max(one, other),
    clockTag: tag.toString(16).padStart(8, '0'),
  }));

function frameOf(payload: Uint8Array): Buffer {
  const frame = Buffer.concat([Buffer.alloc(4), payload, Buffer.alloc(32, 0xdd)]);
  frame.writeUInt32BE(payload.length);
  return frame;
}

const SAMPLE: Reception = {
  lowestMicros: 1,
  highestMicros: 1_718_445_600_000_001,
  clockTag: 'abcdef01',
};

it('a head of either width is read back as it was written, whatever the frame behind it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_294_967_294 }),
      fc.option(reception, { nil: undefined }),
      fc.uint8Array({ maxLength: 300 }),
      (revision, received, payload) => {
        const head = storedHead(revision, ETAG, received);
        const bytes = received ? HEAD_2_BYTES : STORED_HEAD_BYTES;
        expect(head).toHaveLength(bytes);
        const read = readHead(Buffer.concat([Buffer.from(head), frameOf(payload)]));
        expect(read).toEqual({ revision, etag: ETAG, bytes, reception: received, isNewer: false });
      },
    ),
  );
});

it.each([
  ['without extension', storedHead(7, ETAG)],
  ['with moments and clock', storedHead(7, ETAG, SAMPLE)],
  ['of a later version', `${storedHead(7, ETAG, SAMPLE)}more`.replace('@40', '@44')],
])('a bit flipped in a head %s never hides its frame', (_, head) => {
  const frame = frameOf(Buffer.from('the payload'));
  for (let bit = 0; bit < head.length * 8; bit++) {
    const value = Buffer.concat([Buffer.from(head), frame]);
    value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const { bytes } = readHead(value);
    expect(Buffer.compare(value.subarray(bytes), frame), `bit ${bit}`).toBe(0);
  }
});

it('an extension that is longer than it is known is read as far as it is, and told', () => {
  const head = `${storedHead(7, ETAG, SAMPLE)}more`.replace('@40', '@44');
  const read = readHead(Buffer.concat([Buffer.from(head), frameOf(Buffer.from('x'))]));
  expect(read).toEqual({ revision: 7, etag: ETAG, bytes: 77, reception: SAMPLE, isNewer: true });
});

it('moments that are out of order, or larger than any, are not believed', () => {
  for (const moments of ['00000000000000020000000000000001', '00000000000000019999999999999999']) {
    const head = `${storedHead(7, ETAG)}@40${moments}abcdef01`;
    const read = readHead(Buffer.concat([Buffer.from(head), frameOf(Buffer.from('x'))]));
    expect(read).toMatchObject({ revision: 7, bytes: 73, reception: undefined });
  }
});

it('heads together say the first and the last moment, and their clock if it is one', () => {
  const later = { lowestMicros: 5, highestMicros: MICROS_MAX, clockTag: SAMPLE.clockTag };
  expect(receptionOf([later, SAMPLE])).toEqual({ ...later, lowestMicros: 1 });
  expect(receptionOf([later, { ...SAMPLE, clockTag: '11111111' }])?.clockTag).toBe('00000000');
  expect(receptionOf([later, undefined])).toBeUndefined();
  expect(receptionOf([])).toBeUndefined();
});
