import { expect, it } from 'vitest';
import { failureReason } from '../../../../src/store/redis/connection/failure-reason.ts';

it.each([
  ['the answer of a server', new Error('OOM command not allowed'), 'OOM command not allowed'],
  [
    'the cause of the system',
    new Error('connect ECONNREFUSED ::1:1'),
    'connect ECONNREFUSED ::1:1',
  ],
  ['a command that got no answer', new Error('Command timed out'), 'timeout after 700 ms'],
  [
    'a socket that went silent',
    new Error('Socket timeout. Expecting data, but …'),
    'timeout after 700 ms',
  ],
  ['a command that found no connection', new Error('Connection is closed.'), undefined],
  [
    'a server of another kind',
    new Error('Protocol error: Unknown RESP type 60 "<". Please report this.'),
    'its answer is not that of a Redis server: does STORE_URL name the right port?',
  ],
  ['something that is no error', 'odd', 'odd'],
])('the reason of %s is what an operator can act on', (_, error, reason) => {
  expect(failureReason(error, 700)).toBe(reason);
});

it('the reason of a host with several addresses, none of which answered, is the cause of each', () => {
  const error = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ETIMEDOUT'),
  ]);
  expect(failureReason(error, 700)).toBe('connect ECONNREFUSED ::1:1, connect ETIMEDOUT');
});
