// What programs read beside an error's code: RefusalInfo, the violations, and when to try again.

import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { RefusalInfoSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { REFUSAL_REASONS, Refusal } from '../../../src/session/errors.ts';
import { connectClient, grpcClient } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

describe.each([
  ['gRPC', grpcClient],
  ['Connect', connectClient],
] as const)('over %s', (_name, clientOf) => {
  async function answerTo(error: Error) {
    const { baseUrl, service } = await startRpcServer();
    service.before = async () => {
      throw error;
    };
    const answer = await errorOf(clientOf(baseUrl).restore({ sessionId: 's' }));
    const [info] = answer.findDetails(RefusalInfoSchema);
    const [violations] = answer.findDetails(ViolationsSchema);
    return { answer, info, violations, retryAfter: answer.metadata.get('retry-after') };
  }

  test('a conflict names the session it met, also where there is none', async () => {
    const facts = { etag: 'c0ffee', revision: 7 };
    const met = await answerTo(new Refusal('conflict', 'another etag', { facts }));
    expect(met.info).toMatchObject({
      reason: 'conflict',
      ...facts,
      oldestRevision: 0,
      retryAfterMs: 0,
    });
    const none = await answerTo(
      new Refusal('conflict', 'no session', { facts: { etag: '', revision: 0 } }),
    );
    expect(none.info).toMatchObject({ reason: 'conflict', etag: '', revision: 0 });
  });

  test('a revision that was folded comes with the oldest one that can be had', async () => {
    const { info } = await answerTo(
      new Refusal('compacted', 'folded', { facts: { oldestRevision: 12 } }),
    );
    expect(info).toMatchObject({ reason: 'compacted', oldestRevision: 12 });
  });

  test.each([
    [0, 1, '1'],
    [0.2, 1, '1'],
    [999.5, 1000, '1'],
    [1000.5, 1001, '2'],
    [299_999, 299_999, '300'],
  ])(
    'a lock that stands for %f ms is to be tried again after it, in ms and whole seconds',
    async (remaining, ms, seconds) => {
      const refusal = new Refusal('locked', 'held', { facts: { retryAfterMs: remaining } });
      const { info, retryAfter } = await answerTo(refusal);
      expect([info?.retryAfterMs, retryAfter]).toEqual([ms, seconds]);
    },
  );

  test('another try is spoken of where it may help, and nowhere else', async () => {
    for (const reason of REFUSAL_REASONS) {
      const { info, retryAfter } = await answerTo(new Refusal(reason, 'refused'));
      const passing = ['unavailable', 'overloaded', 'rate_limited', 'locked', 'too_many_watches'];
      const helps = passing.includes(reason);
      expect([reason, info?.retryAfterMs, retryAfter]).toEqual([
        reason,
        helps ? 1000 : 0,
        helps ? '1' : null,
      ]);
    }
  });

  test('violations of a flow are details, with the reason beside them', async () => {
    const violations = [
      { pointer: '/variables/cartTotal', message: 'must be a number' },
      { pointer: '/variables', message: 'must have customerId' },
    ];
    const refused = await answerTo(
      new Refusal('schema_violation', 'two violations', { violations }),
    );
    expect(refused.answer.code).toBe(Code.InvalidArgument);
    expect(refused.info).toMatchObject({ reason: 'schema_violation' });
    expect(refused.violations?.violations).toMatchObject([
      { message: '/variables/cartTotal: must be a number', ruleId: 'session.schema_violation' },
      { message: '/variables: must have customerId', ruleId: 'session.schema_violation' },
    ]);
  });

  test('a violation too long to be answered in full is answered cut, its pointer and its words', async () => {
    const key = '漢'.repeat(1000);
    const violations = [{ pointer: `/variables/${key}`, message: `must be short, not ${key}` }];
    const { answer, violations: details } = await answerTo(
      new Refusal('invalid', 'one', { violations }),
    );
    const shown = /^\/variables\/漢+…: must be short, not 漢+…$/;
    expect(details?.violations).toMatchObject([{ message: expect.stringMatching(shown) }]);
    expect(answer.rawMessage).toMatch(shown);
  });

  test('errors fit into what clients read of trailers, however much is wrong and with whichever keys', async () => {
    const wide = '漢'.repeat(20_000);
    const violations = Array.from({ length: 300 }, () => ({
      pointer: `/variables/${wide}`,
      message: wide,
    }));
    const { answer, info } = await answerTo(new Refusal('invalid', wide, { violations }));
    expect([answer.code, info?.reason]).toEqual([Code.InvalidArgument, 'invalid']);
    expect(answer.rawMessage).toContain('; and 295 more');

    const wordy = await answerTo(new Refusal('forbidden', wide));
    expect([wordy.answer.code, wordy.info?.reason]).toEqual([Code.PermissionDenied, 'forbidden']);

    const { baseUrl } = await startRpcServer();
    const [userId, flowId, timestamp, updateId, inputId] = [wide, wide, wide, wide, wide];
    const long = { userId, flowId, timestamp, updateId, inputId, lockToken: wide, ifMatch: wide };
    const broken = await errorOf(clientOf(baseUrl).persist(long));
    expect([broken.code, broken.findDetails(RefusalInfoSchema)[0]?.reason]).toEqual([
      Code.InvalidArgument,
      'invalid',
    ]);
    expect(broken.findDetails(ViolationsSchema)[0]?.violations.length).toBeGreaterThan(5);
  });
});

test('the trailers of the largest error stay below 8 KiB', async () => {
  const { baseUrl, service } = await startRpcServer();
  const wide = '漢'.repeat(20_000);
  const violations = Array.from({ length: 300 }, () => ({
    pointer: `/variables/${wide}`,
    message: wide,
  }));
  for (const each of [violations, [], [{ pointer: '', message: 'x'.repeat(500) }]]) {
    service.before = async () => {
      throw new Refusal('invalid', wide, { violations: each });
    };
    const { metadata } = await errorOf(grpcClient(baseUrl).restore({ sessionId: 's' }));
    const bytes = [...metadata].reduce(
      (sum, [name, value]) => sum + name.length + value.length + 32,
      0,
    );
    expect(bytes).toBeLessThan(8192);
  }
});
