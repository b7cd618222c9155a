// The nodes of the section for flow builders, with the placeholders filled in as Cognigy fills
// them.

import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { post, startTestApp } from '../support/running-app.ts';
import { readmeBlocks } from './readme.ts';

const [save, restore, act] = readmeBlocks()
  .filter(({ section }) => section === 'In a Cognigy flow')
  .map(({ text }) => text);

const FLOW = {
  input: {
    sessionId: 'session-7',
    userId: 'user-7',
    flowName: 'Refunds',
    execution: 3,
    inputId: 'input-3',
  },
  context: { orderId: 'ORD-99281', cart: [], isMember: false, note: null },
  profile: { firstname: 'Alice' },
};

async function startWebhook() {
  const app = await startTestApp();
  onTestFinished(app.stop);
  return (route: string, body: object) => post(`${app.webhook}/webhook/cognigy/${route}`, body);
}

/** A payload as the node sends it: `{{…}}` within texts, `{"$cs": …}` for whole values. */
function filledIn(payload = '', flow: object = {}): Record<string, unknown> {
  const evaluate = (script: string) => runInNewContext(script, { ...FLOW, Date, Math, ...flow });
  return JSON.parse(payload, (_key, value) => {
    if (typeof value === 'string')
      return value.replace(/\{\{(.+?)\}\}/g, (_, script) => evaluate(script));
    return value?.$cs ? evaluate(value.$cs.script) : value;
  });
}

test('the save node stores the context, and its repetition is the same update', async () => {
  const postTo = await startWebhook();
  const payload = filledIn(save);
  expect(await postTo('session', payload)).toMatchObject({
    status: 200,
    body: { revision: 1, known: false },
  });
  expect(await postTo('session', payload)).toMatchObject({
    status: 200,
    body: { revision: 1, known: true },
  });
});

test('a context that goes to a, to b and back to a within a message and a second is a', async () => {
  const postTo = await startWebhook();
  for (const [ms, step] of ['a', 'b', 'a'].entries()) {
    const flow = { context: { step }, Date: { now: () => 1_718_445_600_100 + ms } };
    const { body } = await postTo('session', filledIn(save, flow));
    expect(body).toMatchObject({ revision: ms + 1, known: false });
  }
  const { body } = await postTo('restore', filledIn(restore));
  expect(body.context).toEqual({ step: 'a' });
});

test('without execution and inputId the repetition is another update', async () => {
  const postTo = await startWebhook();
  const { execution, inputId, ...payload } = filledIn(save);
  expect([execution, inputId]).toEqual([3, 'input-3']);
  await postTo('session', payload);
  expect(await postTo('session', payload)).toMatchObject({ body: { revision: 2, known: false } });
});

test('the restore node and the code behind it bring the context back', async () => {
  const postTo = await startWebhook();
  await postTo('session', filledIn(save));
  const { status, body } = await postTo('restore', {
    ...filledIn(restore),
    sessionId: 'session-8',
  });
  expect({ status, outcome: body.outcome }).toEqual({ status: 200, outcome: 'intact' });

  const added: Record<string, unknown> = {};
  const api = {
    addToContext: (key: string, value: unknown) => Object.assign(added, { [key]: value }),
  };
  runInNewContext(act ?? '', { input: { httprequest: { result: body } }, api });
  expect(added).toEqual(FLOW.context);
});

test('the restore node of a new user finds nothing, with status 200, and the code adds nothing', async () => {
  const postTo = await startWebhook();
  const answer = await postTo('restore', filledIn(restore));
  expect(answer).toMatchObject({ status: 200, body: { found: false } });
  runInNewContext(act ?? '', { input: { httprequest: { result: answer.body } } });
});
