import { expect, test } from 'vitest';
import type { SentErase, SentUpdate } from '../load/ledger.ts';
import { expectationOf } from './expectation.ts';

/** An update that was sent at 1000 and answered at 1010. */
function updateThatIs(settledAs: SentUpdate['settledAs'], sentMs = 1000): SentUpdate {
  const settledMs = sentMs + 10;
  return {
    ...{
      sessionId: 's',
      mark: 'm1',
      part: 'variables',
      identity: {},
      firstSentMs: sentMs,
      settledMs,
    },
    ...(settledAs && { settledAs }),
    ...(settledAs === 'acknowledged' && {
      acknowledged: { sentMs, atMs: settledMs, durability: 'stored', revision: 1 },
    }),
  };
}

function erase(sentMs: number, settledMs: number, isAcknowledged = true): SentErase {
  return {
    sessionIds: ['s'],
    sentMs,
    settledMs,
    durability: isAcknowledged ? 'stored' : undefined,
  };
}

test.each([
  ['acknowledged, no erase', updateThatIs('acknowledged'), [], 'there'],
  ['unknown', updateThatIs('unknown'), [], 'either'],
  ['not answered yet', updateThatIs(undefined), [], 'either'],
  ['refused', updateThatIs('refused'), [], 'never stored'],
  ['dropped', updateThatIs('dropped'), [], 'never stored'],
  ['erased after it', updateThatIs('acknowledged'), [erase(1011, 1020)], 'erased'],
  ['unknown and erased after it', updateThatIs('unknown'), [erase(1011, 1020)], 'erased'],
  ['erased before it', updateThatIs('acknowledged'), [erase(900, 999)], 'there'],
  ['erased while it was under way', updateThatIs('acknowledged'), [erase(990, 1001)], 'either'],
  ['perhaps erased after it', updateThatIs('acknowledged'), [erase(1011, 1020, false)], 'either'],
  ['perhaps erased long before', updateThatIs('acknowledged', 9000), [erase(1, 2, false)], 'there'],
  [
    'erased after it, then again and perhaps',
    updateThatIs('acknowledged'),
    [erase(1011, 1020), erase(2000, 2010, false)],
    'erased',
  ],
] as const)('an update that was %s', (_what, update, erases, expected) => {
  expect(expectationOf(update, erases)).toBe(expected);
});
