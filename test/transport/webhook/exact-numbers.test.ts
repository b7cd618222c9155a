// Numbers and headers at the edges of what is taken, without a server.

import { describe, expect, test } from 'vitest';
import { textFrom } from '../../../src/transport/webhook/body-fields.ts';
import { postedUpdateFrom } from '../../../src/transport/webhook/posted-update.ts';
import { preconditionIn } from '../../../src/transport/webhook/precondition.ts';
import { parseBody } from '../../../src/transport/webhook/read-body.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
const sequenceOf = (json: string) =>
  postedUpdateFrom(parseBody(Buffer.from(`{"sessionId":"s","sequence":${json}}`))).sequence;

describe('a number in the place of a text', () => {
  test.each([0, -1, 1.5, LARGEST, -LARGEST])('%d is its digits', (value) => {
    expect(textFrom({ pointer: '/inputId', value })).toBe(String(value));
  });

  test.each([LARGEST + 1, -LARGEST - 1, 1e300, -1e300])('%d is not exact', (value) => {
    expect(() => textFrom({ pointer: '/inputId', value })).toThrow('too large to be exact');
  });
});

describe('a sequence', () => {
  test.each([
    ['9007199254740991', BigInt(LARGEST)],
    ['"9007199254740991"', BigInt(LARGEST)],
    ['"9999999999999999"', 9_999_999_999_999_999n],
    ['"0000000000000001"', 1n],
  ])('%s is counted', (json, sequence) => {
    expect(sequenceOf(json)).toBe(sequence);
  });

  test.each(['"10000000000000000"', '-1', '"+1"', '"1 "', '1.5'])('%s is none', (json) => {
    expect(() => sequenceOf(json)).toThrow('must be a whole number from 0 on');
  });
});

test.each(['W/"a"', 'w/"a"', ' W/"a" '])('the weak etag %j is refused as such', (ifMatch) => {
  expect(() => preconditionIn({ 'if-match': ifMatch })).toThrow('takes a strong etag');
});
