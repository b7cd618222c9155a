import { expect, test } from 'vitest';
import { conflict } from '../../src/service/refusals.ts';

test.each([
  ['an-etag', 3, 'the session does not have the etag that ifMatch names: it has revision 3'],
  ['an-etag', 0, 'the session does not have the etag that ifMatch names: there is no live session'],
  ['none', 3, 'the request asks for no session, and there is one: it has revision 3'],
  ['*', 0, 'the request asks for a session, and there is none'],
])('a conflict with ifMatch %s at revision %i says what is there', (ifMatch, revision, message) => {
  expect(conflict({ etag: 'e', revision }, ifMatch)).toMatchObject({
    message,
    facts: { revision },
  });
});
