// Frames that are in somebody's Redis already. If this test fails, the layout at rest has changed:
// stored sessions would no longer be read, or retries no longer recognised. Then NEWEST_FORMAT has
// to rise, unless all that changed is a field that older versions carry along unread.

import { expect, test } from 'vitest';
import { fold } from '../../src/session/fold.ts';
import { encodeFrame, readFrame } from '../../src/session/frame.ts';
import type { PostedUpdate } from '../../src/session/session-update.ts';
import { createSessionUpdate } from '../support/session-update.ts';

/** Written before steps had the time of their receipt. */
const EARLIER_DELTA =
  '000000b108012a0973657373696f6e2d313282010a350a0c08d4cdb5b30610ff93ebdc0310071a0b08d5cdb5b3061080e59a7722' +
  '16493456745766676f694d376d4a2d6d6674766e367677120a313731383434353738301a06757365722d312208636865636b6f75' +
  '742a110a0963617274546f74616c120434322e35320d0a0473746570120522706179223a036f6c644204676f6e653a1d0a057374' +
  '6172741214323032342d30362d31355431303a30303a30305af28626edfa6bf65c5d4d8a405e68bf1e7854682eff2f2be31e05ee' +
  'aaeda6ef77';
const EARLIER_SNAPSHOT =
  '000000be08012a0973657373696f6e2d313282010a350a0c08d4cdb5b30610ff93ebdc0310071a0b08d5cdb5b3061080e59a7722' +
  '16493456745766676f694d376d4a2d6d6674766e367677120a313731383434353738301a06757365722d312208636865636b6f75' +
  '742a110a0963617274546f74616c120434322e35320d0a0473746570120522706179223a036f6c644204676f6e653a1d0a057374' +
  '6172741214323032342d30362d31355431303a30303a30305a420b08d5cdb5b3061080e59a771a63df9840739eb3cc7e78459357' +
  '2947626c67cb5864fe6b6dba9290cc4f9e72';

/** Written before updates had the tag of their content. */
const UNTAGGED_DELTA =
  '000000b508012a0973657373696f6e2d313282010a350a0c08d4cdb5b30610ff93ebdc0310071a0b08d5cdb5b3061080e59a7722' +
  '16493456745766676f694d376d4a2d6d6674766e367677120a313731383434353738301a06757365722d312208636865636b6f75' +
  '742a110a0963617274546f74616c120434322e35320d0a0473746570120522706179223a036f6c644204676f6e653a210a057374' +
  '6172741214323032342d30362d31355431303a30303a30305a2084901656ee66961208a7b8b535e338605692d320e08ad14f85f2' +
  '28c0286090e1d2315f';
const DELTA =
  '000000bf08012a0973657373696f6e2d31328c010a350a0c08d4cdb5b30610ff93ebdc0310071a0b08d5cdb5b3061080e59a7722' +
  '16493456745766676f694d376d4a2d6d6674766e367677120a313731383434353738301a06757365722d312208636865636b6f75' +
  '742a110a0963617274546f74616c120434322e35320d0a0473746570120522706179223a036f6c644204676f6e654a0800a53ab7' +
  '187116b13a210a0573746172741214323032342d30362d31355431303a30303a30305a20849016559913645f09207d0834c93f16' +
  '4f1d234f8de4ece182c8414ea40c985febca9b';
const SNAPSHOT =
  '000000c208012a0973657373696f6e2d313282010a350a0c08d4cdb5b30610ff93ebdc0310071a0b08d5cdb5b3061080e59a7722' +
  '16493456745766676f694d376d4a2d6d6674766e367677120a313731383434353738301a06757365722d312208636865636b6f75' +
  '742a110a0963617274546f74616c120434322e35320d0a0473746570120522706179223a036f6c644204676f6e653a210a057374' +
  '6172741214323032342d30362d31355431303a30303a30305a20849016420b08d5cdb5b3061080e59a772a388a0cd1bdd338620a' +
  '735f3c87e7aad0ca5b270cf7193951f4cbe9c081a565';

const RECEIVED_MICROS = 1_718_445_781_250_000n;

const posted: PostedUpdate = {
  sessionId: 'session-1',
  userId: 'user-1',
  flowId: 'checkout',
  variables: [{ key: 'cartTotal', json: '42.5' }],
  context: [{ key: 'step', json: '"pay"' }],
  removedVariables: ['old'],
  removedContext: ['gone'],
  replace: [],
  history: [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }],
  timestamp: '1718445780',
  updateId: 'update-1',
  inputId: '',
  sequence: 7n,
  ttlSeconds: undefined,
  ttlMode: '',
};

const update = createSessionUpdate(posted, RECEIVED_MICROS);

test('an update’s id, delta and snapshot are what they were', () => {
  expect(update.updateId).toBe('I4VtWfgoiM7mJ-mftvn6vw');
  expect(Buffer.from(encodeFrame(update.delta)).toString('hex')).toBe(DELTA);
  expect(Buffer.from(encodeFrame(fold('session-1', [update.delta]))).toString('hex')).toBe(
    SNAPSHOT,
  );
});

test('the id of an update that its caller did not name is what it was', () => {
  const unnamed = createSessionUpdate(
    { ...posted, updateId: '', inputId: 'input-1' },
    RECEIVED_MICROS,
  );
  expect(unnamed.updateId).toBe('26teXqvdjaIGhFZl06aCJg');
});

test('a stored frame is read', () => {
  for (const stored of [DELTA, SNAPSHOT, UNTAGGED_DELTA, EARLIER_DELTA, EARLIER_SNAPSHOT]) {
    const { state } = readFrame(Buffer.from(stored, 'hex'), 'session-1');
    expect(state?.updates[0]).toMatchObject({
      timestamp: '1718445780',
      userId: 'user-1',
      variables: [{ key: 'cartTotal', json: '42.5' }],
      removedContext: ['gone'],
      stamp: { sequence: 7n, updateId: update.updateId },
    });
    expect(state?.history).toMatchObject([{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }]);
  }
});
