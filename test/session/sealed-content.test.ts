import { hash, randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Codec,
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../src/session/fold.ts';
import { NEWEST_FORMAT } from '../../src/session/format.ts';
import { encodeFrame, readFrame } from '../../src/session/frame.ts';
import { SESSION_BYTES_LIMIT } from '../../src/session/limits.ts';
import { COMPRESSED_FROM_BYTES, compressedState } from '../../src/session/sealed-content.ts';
import { delta, SESSION_ID } from './arbitrary-updates.ts';

const ROOMY = { expandedMaxBytes: 1e6 };
const bytesOf = (state: SessionState) => toBinary(SessionStateSchema, state);
const text = (state: SessionState) => Buffer.from(bytesOf(state)).toString('latin1');
const verdictOf = (state: SessionState) => readFrame(encodeFrame(state), SESSION_ID).verdict;

/** A state that is worth compressing. */
function large(sessionId = SESSION_ID): SessionState {
  const variables = Array.from({ length: 200 }, (_, place) => ({
    key: `key${place}`,
    json: `"value ${place}"`,
  }));
  return create(SessionStateSchema, {
    format: 1,
    sessionId,
    updates: [{ timestamp: 'now', variables }],
  });
}

/** A frame's state whose content is these bytes. */
function sealedOf(
  sealed: Uint8Array,
  given: { codec?: Codec; keyId?: string; format?: number } = {},
): SessionState {
  return create(SessionStateSchema, {
    format: 2,
    sessionId: SESSION_ID,
    sealed,
    codec: Codec.ZSTD,
    ...given,
  });
}

describe('compressed content', () => {
  test('is read as it was, and takes less', () => {
    const compressed = compressedState(large(), ROOMY);
    expect(compressed).toMatchObject({
      format: 2,
      codec: Codec.ZSTD,
      sessionId: SESSION_ID,
      updates: [],
    });
    expect(bytesOf(compressed).length).toBeLessThan(bytesOf(large()).length / 3);
    const read = readFrame(encodeFrame(compressed), SESSION_ID);
    expect(read.state && text(read.state)).toBe(text(large()));
  });

  test('is not what a state becomes that is short, or longer than it may be when it is expanded', () => {
    const small = create(SessionStateSchema, { sessionId: SESSION_ID });
    expect(compressedState(small, ROOMY)).toBe(small);
    const state = large();
    expect(compressedState(state, { expandedMaxBytes: bytesOf(state).length - 1 })).toBe(state);
  });

  test('is worth it from 2048 bytes on, up to the size that may be expanded', () => {
    const stateOf = (bytes: number): SessionState => {
      const state = create(SessionStateSchema, { sessionId: 'x'.repeat(bytes) });
      const excess = bytesOf(state).length - bytes;
      return create(SessionStateSchema, { sessionId: 'x'.repeat(bytes - excess) });
    };
    const isCompressed = (bytes: number, expandedMaxBytes: number) => {
      const state = stateOf(bytes);
      expect(bytesOf(state)).toHaveLength(bytes);
      return compressedState(state, { expandedMaxBytes }) !== state;
    };
    expect(COMPRESSED_FROM_BYTES).toBe(2048);
    expect([2047, 2048].map((bytes) => isCompressed(bytes, 1e6))).toEqual([false, true]);
    expect([2999, 3000].map((limit) => isCompressed(3000, limit))).toEqual([false, true]);
  });

  test('folds to the same bytes as what is not compressed, in any mixture and order', () => {
    const compress = (state: SessionState) =>
      sealedOf(zstdCompressSync(bytesOf(state)), { format: Math.max(2, state.format) });
    const plain = (state: SessionState) => sealedOf(bytesOf(state), { codec: Codec.UNSPECIFIED });
    const forms = [(state: SessionState) => state, compress, plain];
    const mixed = fc
      .array(fc.tuple(delta, fc.nat(forms.length - 1)), { maxLength: 10 })
      .chain((states) =>
        fc.record({
          states: fc.constant(states.map(([state]) => state)),
          other: fc.shuffledSubarray(states, { minLength: states.length }),
        }),
      );
    fc.assert(
      fc.property(mixed, ({ states, other }) => {
        const read = other.map(([state, form]) =>
          readFrame(encodeFrame((forms[form] ?? compress)(state)), SESSION_ID),
        );
        const intact = read.flatMap((frame) => frame.state ?? []);
        expect(intact).toHaveLength(states.length);
        expect(text(fold(SESSION_ID, intact))).toBe(text(fold(SESSION_ID, states)));
      }),
    );
  });

  test('that is damaged is found by its digest, before anything is expanded', () => {
    const frame = encodeFrame(compressedState(large(), ROOMY));
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const flipped = Uint8Array.from(frame);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readFrame(flipped, SESSION_ID).verdict).toBe(bit < 32 ? 'bad_length' : 'bad_digest');
    }
  });

  test('is never expanded beyond what a session may be', () => {
    const bomb = zstdCompressSync(Buffer.alloc(64 * SESSION_BYTES_LIMIT));
    expect(bomb.length).toBeLessThan(200_000);
    const before = process.memoryUsage();
    expect(verdictOf(sealedOf(bomb))).toBe('undecodable');
    const { rss, external } = process.memoryUsage();
    expect(Math.max(rss - before.rss, external - before.external)).toBeLessThan(
      4 * SESSION_BYTES_LIMIT,
    );
  });
});

describe('sealed content', () => {
  test.each<[string, SessionState, string]>([
    ['another session', sealedOf(bytesOf(large('session-2')), { codec: 0 }), 'wrong_session'],
    [
      'a newer format',
      sealedOf(bytesOf({ ...large(), format: NEWEST_FORMAT + 1 }), { codec: 0 }),
      'newer_format',
    ],
    [
      'sealed content',
      sealedOf(bytesOf(compressedState(large(), ROOMY)), { codec: 0 }),
      'undecodable',
    ],
    ['what a codec did not make', sealedOf(bytesOf(large())), 'undecodable'],
    ['nothing, where a codec should have made it', sealedOf(new Uint8Array()), 'undecodable'],
    ['what is no message', sealedOf(Buffer.from([0x0f]), { codec: 0 }), 'undecodable'],
    [
      'what a codec made that is not known',
      sealedOf(randomBytes(9), { codec: 2 as Codec }),
      'newer_format',
    ],
    ['encrypted bytes', sealedOf(randomBytes(9), { keyId: 'key-1' }), 'sealed'],
    [
      'encrypted bytes of a codec that is not known',
      sealedOf(randomBytes(9), { keyId: 'k', codec: 2 as Codec }),
      'sealed',
    ],
  ])('that is %s', (_, state, verdict) => {
    expect(verdictOf(state)).toBe(verdict);
  });

  test('is caught under another session without its key', () => {
    const frame = encodeFrame(sealedOf(randomBytes(9), { keyId: 'key-1' }));
    expect(readFrame(frame, 'session-2').verdict).toBe('wrong_session');
  });

  test('never makes reading throw, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(2),
        fc.constantFrom('', 'key'),
        (sealed, codec, keyId) => {
          expect(verdictOf(sealedOf(sealed, { codec: codec as Codec, keyId }))).toMatch(
            /^(sealed|undecodable|newer_format|wrong_session)$/,
          );
        },
      ),
    );
  });

  test('has the digest of what is stored, not of what it says', () => {
    const state = compressedState(large(), ROOMY);
    const digest = hash('sha256', bytesOf(state), 'buffer');
    expect(Buffer.from(encodeFrame(state)).subarray(-32)).toEqual(digest);
  });
});
