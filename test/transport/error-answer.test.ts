// What an HTTP route answers to each refusal.

import { expect, test } from 'vitest';
import { REFUSAL_REASONS, Refusal, type RefusalReason } from '../../src/session/errors.ts';
import { errorAnswer } from '../../src/transport/error-answer.ts';
import { startListener } from './server/listener.ts';

const STATUSES: Record<RefusalReason, [number, string]> = {
  invalid: [400, 'invalid_argument'],
  unauthenticated: [401, 'unauthenticated'],
  wrong_credential: [401, 'unauthenticated'],
  wrong_bearer: [403, 'unauthenticated'],
  forbidden: [403, 'permission_denied'],
  not_found: [404, 'not_found'],
  method_not_allowed: [405, 'unimplemented'],
  unimplemented: [501, 'unimplemented'],
  unsupported_media_type: [415, 'unimplemented'],
  too_large: [413, 'resource_exhausted'],
  schema_violation: [422, 'invalid_argument'],
  conflict: [409, 'aborted'],
  id_reused: [409, 'aborted'],
  locked: [423, 'already_exists'],
  lock_lost: [412, 'failed_precondition'],
  compacted: [410, 'out_of_range'],
  unavailable: [503, 'unavailable'],
  damaged: [500, 'data_loss'],
  outcome_unknown: [504, 'deadline_exceeded'],
  rate_limited: [503, 'resource_exhausted'],
  overloaded: [503, 'unavailable'],
  too_many_watches: [503, 'resource_exhausted'],
};

async function answerTo(error: Error) {
  const { baseUrl } = await startListener((_request, _response, { respond }) =>
    respond(errorAnswer(error)),
  );
  const answer = await fetch(baseUrl);
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body };
}

const PASSING: RefusalReason[] = [
  ...(['unavailable', 'overloaded', 'rate_limited', 'locked', 'too_many_watches'] as const),
];

test.each(REFUSAL_REASONS)('%s has its status, its code and its word', async (reason) => {
  const { status, headers, body } = await answerTo(new Refusal(reason, 'no'));
  const [expected, code] = STATUSES[reason];
  expect(status).toBe(expected);
  const mayPass = PASSING.includes(reason);
  const facts = mayPass ? { retryAfterMs: 1000 } : {};
  expect(body).toEqual({ error: 'no', code, reason, details: [], ...facts });
  expect(headers.get('retry-after')).toBe(mayPass ? '1' : null);
});

test('refusals of an update differ in code and status, so that a program can act on either', () => {
  const reasons = [
    ...(['schema_violation', 'conflict', 'locked', 'lock_lost', 'compacted'] as const),
    ...(['outcome_unknown', 'unavailable', 'too_large'] as const),
  ];
  for (const place of [0, 1] as const) {
    expect(new Set(reasons.map((reason) => STATUSES[reason][place])).size).toBe(reasons.length);
  }
});

test('facts are members of their own, and only those that there are', async () => {
  const conflict = new Refusal('conflict', 'no', { facts: { etag: '', revision: 0 } });
  expect((await answerTo(conflict)).body).toEqual({
    ...{ error: 'no', code: 'aborted', reason: 'conflict', details: [], etag: '', revision: 0 },
  });
  const compacted = new Refusal('compacted', 'no', { facts: { oldestRevision: 9 } });
  expect((await answerTo(compacted)).body).toMatchObject({
    reason: 'compacted',
    oldestRevision: 9,
  });
});

test.each([
  [0, 1, '1'],
  [1000, 1000, '1'],
  [1000.4, 1001, '2'],
  [9999, 9999, '10'],
])(
  'a lock that stands for %f ms is to be tried again after it',
  async (remaining, retryAfterMs, seconds) => {
    const refusal = new Refusal('locked', 'no', { facts: { retryAfterMs: remaining } });
    const { headers, body } = await answerTo(refusal);
    expect([body.retryAfterMs, headers.get('retry-after')]).toEqual([retryAfterMs, seconds]);
  },
);

test('a bug is said to be one, and nothing else', async () => {
  const { status, body } = await answerTo(new TypeError('secret words'));
  expect([status, body]).toEqual([
    500,
    {
      error: 'internal error; the log has its cause',
      code: 'internal',
      reason: 'internal',
      details: [],
    },
  ]);
});
