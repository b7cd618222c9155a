import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionStateSchema } from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { NEWEST_FORMAT } from '../../src/session/format.ts';
import { encodeFrame, readFrame } from '../../src/session/frame.ts';
import { delta, SESSION_ID } from './arbitrary-updates.ts';

const example = () =>
  fc.sample(delta, { numRuns: 1, seed: 7 })[0] ?? create(SessionStateSchema, {});

describe('a frame', () => {
  test('gives back the state that was framed', () => {
    fc.assert(
      fc.property(delta, (state) => {
        const read = readFrame(encodeFrame(state), SESSION_ID);
        expect(read).toEqual({ verdict: 'sound', state: expect.anything() });
        const bytes = (read.state && toBinary(SessionStateSchema, read.state)) ?? new Uint8Array();
        expect(Buffer.from(bytes)).toEqual(Buffer.from(toBinary(SessionStateSchema, state)));
      }),
    );
  });

  test('is damaged after any single flipped bit', () => {
    const frame = encodeFrame(example());
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const flipped = Uint8Array.from(frame);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { verdict } = readFrame(flipped, SESSION_ID);
      expect(verdict, `bit ${bit}`).toBe(bit < 32 ? 'bad_length' : 'bad_digest');
    }
  });

  test('is damaged when cut or extended anywhere', () => {
    const frame = encodeFrame(example());
    for (let length = 0; length < frame.length; length++) {
      expect(readFrame(frame.subarray(0, length), SESSION_ID).verdict).toBe('bad_length');
    }
    expect(readFrame(Buffer.concat([frame, Buffer.alloc(1)]), SESSION_ID).verdict).toBe(
      'bad_length',
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readFrame(bytes, SESSION_ID).verdict).not.toBe('sound');
      }),
    );
  });

  test('is caught under another session', () => {
    expect(readFrame(encodeFrame(example()), 'session-2').verdict).toBe('wrong_session');
  });

  test('of a newer format is distinguished from a damaged one', () => {
    const newer = { ...example(), format: NEWEST_FORMAT + 1 };
    expect(readFrame(encodeFrame(newer), SESSION_ID).verdict).toBe('newer_format');
  });

  test('with a fitting digest over something else is distinguished from a damaged one', async () => {
    const { createHash } = await import('node:crypto');
    const payload = Buffer.from([0x0f]);
    const digest = createHash('sha256').update(payload).digest();
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 1]), payload, digest]);
    expect(readFrame(frame, SESSION_ID).verdict).toBe('undecodable');
  });

  test('of a newer format says nothing of the session it names', () => {
    const newer = { ...example(), format: NEWEST_FORMAT + 1, sessionId: 'session-2' };
    expect(readFrame(encodeFrame(newer), SESSION_ID).verdict).toBe('newer_format');
  });

  test('reads the same from the middle of a larger buffer', () => {
    const frame = encodeFrame(example());
    const larger = Buffer.concat([Buffer.alloc(5), frame, Buffer.alloc(5)]);
    expect(readFrame(larger.subarray(5, 5 + frame.length), SESSION_ID).verdict).toBe('sound');
  });
});
