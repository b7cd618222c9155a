import { hash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type SessionState,
  SessionStateSchema,
} from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type { ContentCipher } from '../../../src/session/encryption/content-cipher.ts';
import {
  encryptedFrame,
  keyIdOf,
  openedFrame,
} from '../../../src/session/encryption/frame-cipher.ts';
import { encodeFrame, readFrame, readStoredFrame } from '../../../src/session/frame.ts';
import { readState } from '../../../src/session/read-state.ts';
import { compressedState } from '../../../src/session/sealed-content.ts';
import { createTestCipher } from '../../support/encryption-keys.ts';
import { delta, SESSION_ID } from '../arbitrary-updates.ts';

const NOTHING = new Uint8Array();
const MARK = 'a text that nobody may see';
const { contents, frameOf } = createTestCipher('one');

const deltaFrame = encodeFrame(stateOf([{ key: 'note', json: JSON.stringify(MARK) }]));
const filling = Array.from({ length: 100 }, (_, place) => ({
  key: `k${place}`,
  json: `"${MARK}"`,
}));
const compressedFrame = encodeFrame(compressedState(stateOf(filling), { expandedMaxBytes: 1e6 }));
const FRAMES = [
  ['a delta', deltaFrame],
  ['a compressed snapshot', compressedFrame],
] as const;

function stateOf(variables: { key: string; json: string }[]): SessionState {
  return create(SessionStateSchema, { format: 1, sessionId: SESSION_ID, updates: [{ variables }] });
}

/** What a process with these keys reads. */
function verdictOf(frame: Uint8Array, sessionId = SESSION_ID, cipher = contents) {
  const { payload: opened } = openedFrame(cipher, frame, sessionId);
  return readStoredFrame({ bytes: frame, opened }, sessionId).verdict;
}

function withFlippedBit(frame: Uint8Array, bit: number): Buffer {
  const flipped = Buffer.from(frame);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

/** The same bytes with a digest that matches them: as somebody writes it who changes them on
 * purpose. */
function withDigest(frame: Buffer): Buffer {
  hash('sha256', frame.subarray(4, -32), 'buffer').copy(frame, frame.length - 32);
  return frame;
}

function saltAndNonceOf(cipher: ContentCipher): { salt: string; nonce: string } {
  const encrypted = encryptedFrame(cipher, deltaFrame, SESSION_ID);
  const sealed = Buffer.from(readState(encrypted.subarray(4, -32)).sealed);
  return { salt: sealed.toString('hex', 0, 16), nonce: sealed.toString('hex', 16, 28) };
}

describe('an encrypted frame', () => {
  test('opens to the frame that was encrypted, byte by byte', () => {
    fc.assert(
      fc.property(delta, (state) => {
        const frame = encodeFrame(state);
        const encoded = encodeFrame(state, frameOf);
        for (const encrypted of [encryptedFrame(contents, frame, SESSION_ID), encoded]) {
          const opened = openedFrame(contents, encrypted, SESSION_ID);
          expect(Buffer.from(opened.payload ?? []).equals(frame.subarray(4, -32))).toBe(true);
          expect(opened).toMatchObject({ keyId: 'one', problem: undefined });
        }
        expect(encryptedFrame(contents, encoded, SESSION_ID)).toBe(encoded);
      }),
    );
  });

  test('opens as an earlier release wrote it', () => {
    const stored = Buffer.from(
      'AAAAVwgCGgNvbmUiQzEGxxNSnzcDNsACDYC91ElE5+OeT2bPbN/hQi+UnDjvqF3IaaXls0U4UpSRjBmIBxO09EmidBCL' +
        'r4ZDtWzl1H693OIqCXNlc3Npb24tMcad+AsgumuqxErs5vRdfsmmU6kBrJPezMtxTI3HDzxs',
      'base64',
    );
    const opened = openedFrame(contents, stored, SESSION_ID).payload ?? NOTHING;
    expect(readState(opened).updates[0]?.variables).toMatchObject([{ key: 'a', json: '1' }]);
  });

  test.each(FRAMES)('shows nothing of its content (%s)', (_, frame) => {
    const encrypted = encryptedFrame(contents, frame, SESSION_ID);
    expect(Buffer.from(encrypted).toString('latin1')).not.toContain(MARK);
    expect(verdictOf(encrypted)).toBe('sound');
    expect(keyIdOf(encrypted)).toBe('one');
    expect(encrypted.length).toBeLessThan(frame.length + 100);
  });

  test.each(FRAMES)('is damaged after any single flipped bit of what it says (%s)', (_, frame) => {
    const encrypted = encryptedFrame(contents, frame, SESSION_ID);
    const original = openedFrame(contents, encrypted, SESSION_ID).payload;
    const without = createTestCipher('two').contents;
    for (let bit = 0; bit < encrypted.length * 8; bit++) {
      const flipped = withFlippedBit(encrypted, bit);
      // Without the key, all that the digest covers, and the digest.
      expect(verdictOf(flipped, SESSION_ID, without), `bit ${bit}`).toMatch(/^bad_/);
      if (bit < (encrypted.length - 32) * 8)
        expect(verdictOf(flipped), `bit ${bit}`).toMatch(/^bad_/);
      // With the key, a wrong digest of a content that is proven costs nothing.
      else expect(openedFrame(contents, flipped, SESSION_ID).payload).toEqual(original);
    }
  });

  test.each(FRAMES)('opens to nothing else after a bit was flipped on purpose (%s)', (_, frame) => {
    const encrypted = encryptedFrame(contents, frame, SESSION_ID);
    const { sealed } = readState(encrypted.subarray(4, -32));
    const original = openedFrame(contents, encrypted, SESSION_ID).payload;
    const sealedAt = Buffer.from(encrypted).indexOf(sealed);
    const problems = new Set<string | undefined>();
    for (let bit = 32; bit < (encrypted.length - 32) * 8; bit++) {
      const flipped = withDigest(withFlippedBit(encrypted, bit));
      const opened = openedFrame(contents, flipped, SESSION_ID);
      const isOpened = opened.payload !== undefined;
      // Outside the ciphertext a few bits say only how the others are written.
      if (isOpened) expect(opened.payload, `bit ${bit}`).toEqual(original);
      const isCiphertext = bit >= sealedAt * 8 && bit < (sealedAt + sealed.length) * 8;
      if (isCiphertext) expect(isOpened, `bit ${bit}`).toBe(false);
      problems.add(opened.problem);
    }
    // Undefined: it is no encrypted frame of this session any more.
    expect(problems).toEqual(new Set(['key_missing', 'not_authentic', undefined]));
  });

  test('does not open under another session, not even if it is renamed', () => {
    const encrypted = encryptedFrame(contents, deltaFrame, SESSION_ID);
    expect(verdictOf(encrypted, 'session-2')).toBe('wrong_session');
    const renamed = Buffer.from(encrypted);
    renamed.write('session-2', renamed.lastIndexOf(SESSION_ID));
    const opened = openedFrame(contents, withDigest(renamed), 'session-2');
    expect(opened.problem).toBe('not_authentic');
    expect(verdictOf(renamed, 'session-2')).toBe('sealed');
  });

  test('is kept, and says why, where its key is missing or is another one', () => {
    const encrypted = encryptedFrame(contents, deltaFrame, SESSION_ID);
    const without = createTestCipher('two').contents;
    expect(openedFrame(without, encrypted, SESSION_ID)).toEqual({
      ...{ payload: undefined, keyId: 'one', problem: 'key_missing' },
    });
    expect(verdictOf(encrypted, SESSION_ID, without)).toBe('sealed');
    expect(readFrame(encrypted, SESSION_ID).verdict).toBe('sealed');
  });

  test('opens under every key of the ring, and under none of the same id with other bytes', () => {
    const cipher = createTestCipher('one');
    const first = encryptedFrame(cipher.contents, deltaFrame, SESSION_ID);
    cipher.replace('two', ['one', 'two']);
    const second = encryptedFrame(cipher.contents, deltaFrame, SESSION_ID);
    expect([keyIdOf(first), keyIdOf(second)]).toEqual(['one', 'two']);
    expect(verdictOf(first, SESSION_ID, cipher.contents)).toBe('sound');
    const renamed = Buffer.from(first);
    renamed.write('two', renamed.indexOf('one'));
    expect(openedFrame(cipher.contents, withDigest(renamed), SESSION_ID).problem).toBe(
      'not_authentic',
    );
  });

  test('never has the nonce of another one', () => {
    const parts = Array.from({ length: 3000 }, () => saltAndNonceOf(contents));
    expect(new Set(parts.map(({ salt }) => salt)).size).toBe(1);
    expect(new Set(parts.map(({ nonce }) => nonce)).size).toBe(parts.length);
  });

  test('has a subkey of its own in each process', () => {
    const other = createTestCipher('one').contents;
    expect(saltAndNonceOf(other).salt).not.toBe(saltAndNonceOf(contents).salt);
    const encrypted = encryptedFrame(contents, deltaFrame, SESSION_ID);
    expect(verdictOf(encrypted, SESSION_ID, other)).toBe('sound');
  });
});

describe('without a current key', () => {
  test('frames are written as they are, and encrypted ones are read', () => {
    const { contents: reading, frameOf } = createTestCipher('', ['one']);
    expect(encryptedFrame(reading, deltaFrame, SESSION_ID)).toBe(deltaFrame);
    expect(encodeFrame(stateOf(filling), frameOf)).toEqual(encodeFrame(stateOf(filling)));
    const encrypted = encryptedFrame(contents, deltaFrame, SESSION_ID);
    expect(verdictOf(encrypted, SESSION_ID, reading)).toBe('sound');
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(8), (bytes, cut) => {
        const payload = Buffer.concat([Buffer.from([8, 2, 0x1a, 3]), bytes]).subarray(cut);
        const frame = withDigest(Buffer.concat([Buffer.alloc(4), payload, Buffer.alloc(32)]));
        frame.writeUInt32BE(payload.length);
        for (const each of [bytes, frame]) {
          expect(openedFrame(contents, each, 's').payload).toBeUndefined();
          expect(encryptedFrame(contents, each, 's')).toBeInstanceOf(Uint8Array);
        }
      }),
    );
  });
});
