import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpoolRowSchema } from '../../../src/gen/cognigy/session/v1/spool_row_pb.ts';
import {
  readRow,
  rowPayload,
  type SpoolableUpdate,
} from '../../../src/service/spooling/row-codec.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import { createDelta, identifyUpdate } from '../../../src/session/session-update.ts';
import { createTestCipher } from '../../support/encryption-keys.ts';
import { NOTHING } from '../../support/test-service.ts';

const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const instant = fc.double({ noNaN: true, min: 0, max: 1e13 });

const updates: fc.Arbitrary<SpoolableUpdate> = fc
  .record({
    ...{
      sessionId: text,
      flowId: fc.option(text, { nil: '' }),
      userId: fc.option(text, { nil: '' }),
    },
    ...{ eventMs: fc.nat(), ttlMs: fc.integer({ min: 1 }), isNote: fc.boolean() },
    received: fc.record({
      ...{ bootId: fc.option(text, { nil: '' }), monotonicMs: instant, uptimeMs: instant },
      wallMs: instant,
      byStore: fc.option(fc.record({ earliestMs: instant, latestMs: instant }), { nil: undefined }),
    }),
  })
  .map(({ isNote, ...given }) => {
    const { frame, updateId } = framed(given.sessionId);
    return { ...given, updateId, frame: isNote ? new Uint8Array() : frame };
  });

function framed(sessionId: string) {
  const update = identifyUpdate({ ...NOTHING, sessionId: 's' }, 1_000_000n);
  const delta = { ...createDelta(update, NOTHING), sessionId };
  return { updateId: update.updateId, frame: encodeFrame(delta) };
}

const one = (given: Partial<SpoolableUpdate> = {}): SpoolableUpdate => ({
  ...{ sessionId: 's', ...framed('s'), flowId: '', userId: '', eventMs: 0, ttlMs: 1 },
  received: { bootId: 'b', monotonicMs: 1, uptimeMs: 2, wallMs: 3, byStore: undefined },
  ...given,
});

test('a row says what was spooled', () => {
  fc.assert(
    fc.property(updates, (update) => {
      const read = readRow(rowPayload(update));
      expect(read).toEqual({ update: { ...update, frame: expect.anything() } });
      if (read.problem === undefined)
        expect(Buffer.from(read.update.frame).equals(update.frame)).toBe(true);
    }),
  );
});

test('an encrypted row shows nothing, and is read with its key alone', () => {
  const { contents, replace } = createTestCipher('one');
  const update = one({ userId: 'a user that nobody may see' });
  const payload = rowPayload(update, contents);
  for (const text of ['nobody may see', update.updateId])
    expect(Buffer.from(payload).toString('latin1')).not.toContain(text);
  expect(readRow(payload, contents)).toEqual({ update: { ...update, frame: expect.anything() } });
  expect(readRow(payload)).toEqual({ problem: 'key_missing' });
  replace('two');
  expect(readRow(payload, contents)).toEqual({ problem: 'key_missing' });
  expect(readRow(rowPayload(update), contents)).toHaveProperty('update');
  const moved = Buffer.from(payload).fill(0, payload.length - 1);
  replace('one');
  expect(readRow(moved, contents)).toEqual({ problem: 'not_authentic' });
});

test('a row of a newer format is kept for the version that knows it', () => {
  const row = create(SpoolRowSchema, { format: 3, sessionId: 's' });
  expect(readRow(toBinary(SpoolRowSchema, row))).toEqual({ problem: 'newer_format' });
});

test.each([
  ['nothing', new Uint8Array()],
  ['what is no message', new Uint8Array([255, 255, 255])],
  ['no session', rowPayload(one({ sessionId: '' }))],
  ['an update without an id', rowPayload(one({ updateId: '' }))],
  ['a time to live that has no sense', rowPayload(one({ ttlMs: 0 }))],
])('%s is undecodable', (_, payload) => {
  expect(readRow(payload)).toEqual({ problem: 'undecodable' });
});

test('a frame that is damaged, or of another session, is found', () => {
  const { frame } = one();
  const flipped = frame.map((byte, place) => (place === 20 ? byte ^ 1 : byte));
  for (const damaged of [flipped, frame.subarray(1), framed('other').frame])
    expect(readRow(rowPayload(one({ frame: damaged })))).toEqual({ problem: 'damaged_frame' });
});
