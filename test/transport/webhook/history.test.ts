// The history of a posted update: what of it is stored, and what the answer says of the rest.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const timestamp = '2024-06-15T10:00:00Z';
const save = (body: object) => post(`${app.webhook}/webhook/cognigy/session-update`, body);
const saveRpc = (body: object) =>
  post(`${app.rpc}/cognigy.session.v1.SessionService/Persist`, body, {
    'content-type': 'application/json',
  });
const restore = async (sessionId: string) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId })).body;

test.each<[string, unknown, RegExp]>([
  ['without a node', {}, /nodeId is missing/],
  ['with a node that is null', { nodeId: null, timestamp }, /nodeId is missing/],
  ['with a blank node', { nodeId: ' ', timestamp }, /blank/],
  ['with a placeholder for a node', { nodeId: '{{input.node}}', timestamp }, /placeholder/],
  [
    'with an object for a node',
    { nodeId: {}, timestamp },
    /nodeId must be a text or a number, not an object/,
  ],
  ['with a node too long', { nodeId: 'x'.repeat(513), timestamp }, /512 characters/],
  ['with a node that JSON has rounded', { nodeId: 1e300, timestamp }, /send it as a text/],
  ['with a bad timestamp', { nodeId: 'n', timestamp: 'soon' }, /timestamp is neither RFC 3339/],
  ['with a list for a timestamp', { nodeId: 'n', timestamp: [1] }, /timestamp must be a text/],
  ['that is null', null, /object \{nodeId, timestamp\}, not null/],
  ['that is a text', 'start', /not a string/],
  ['that is a list', ['n', timestamp], /not an array/],
])('a step %s costs nothing but itself, and is named', async (what, step, reason) => {
  const sessionId = `step ${what}`;
  const before = await app.metric('cognigy_session_ignored_steps_total');
  const answer = await save({
    sessionId,
    variables: { paid: true },
    history: [{ nodeId: 'ok', timestamp }, step],
  });
  expect(answer).toMatchObject({
    status: 200,
    body: {
      status: 'accepted',
      ignoredSteps: [{ index: 1, reason: expect.stringMatching(reason) }],
    },
  });
  expect(await restore(sessionId)).toMatchObject({
    variables: { paid: true },
    history: [{ nodeId: 'ok', timestamp }],
  });
  expect(await app.metric('cognigy_session_ignored_steps_total')).toBe(before + 1);
});

test('an answer names no ignored steps where there are none, and at most 100', async () => {
  expect(
    (await save({ sessionId: 'whole', history: [{ nodeId: 'n', timestamp }] })).body,
  ).not.toHaveProperty('ignoredSteps');
  const history = Array.from({ length: 150 }, () => ({}));
  expect((await save({ sessionId: 'many', history })).body.ignoredSteps).toHaveLength(100);
});

test('a repetition of the update is known, and names the same steps', async () => {
  const update = { sessionId: 'again', inputId: 'i', history: [{ nodeId: 'n', timestamp }, {}] };
  const first = await save(update);
  expect(await save(update)).toMatchObject({ body: { ...first.body, known: true } });
});

test('over RPC a step that cannot be used is left out and named as well', async () => {
  const sessionId = 'over rpc';
  const history = [{ nodeId: 'ok', timestamp }, { timestamp }, { nodeId: 'n', timestamp: 'soon' }];
  const answer = await saveRpc({ sessionId, variables: { paid: true }, history });
  expect(answer.status).toBe(200);
  // The index of the first step would be left out, as JSON of protobuf leaves out a 0.
  expect(answer.body.ignoredSteps).toMatchObject([
    { index: 1, reason: 'nodeId is missing' },
    { index: 2, reason: expect.stringContaining('timestamp') },
  ]);
  expect(await restore(sessionId)).toMatchObject({
    variables: { paid: true },
    history: [history[0]],
  });
});

test('one instant in any notation is one step, shown as first sent', async () => {
  const sessionId = 'notations';
  const notations = [
    '2024-06-15T12:00:00.000+02:00',
    timestamp,
    '2024-06-15T10:00:00',
    1718445600,
    '1718445600000',
    { ISODate: '2024-06-15T10:00:00.000' },
  ];
  for (const notation of notations) {
    await save({ sessionId, timestamp: notation, history: [{ nodeId: 'a', timestamp: notation }] });
  }
  // Without a timestamp a step happened when its update did.
  await save({ sessionId, timestamp, history: [{ nodeId: 'a' }] });
  expect((await restore(sessionId)).history).toEqual([{ nodeId: 'a', timestamp: notations[0] }]);
});
