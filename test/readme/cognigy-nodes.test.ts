// The nodes of the page for flow builders, with the placeholders filled in as Cognigy fills
// them.

import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { post, SECRET, startTestApp } from '../support/running-app.ts';
import { documentBlocks } from './readme.ts';

const PAGE = 'docs/flows/nodes.md';
const [save, restore, act, erase, eraseUser] = documentBlocks(PAGE).map(({ text }) => text);

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

const CONNECT = '/cognigy.webhook.v1.WebhookService';
const NAMES = [
  ['the Connect URLs', { session: `${CONNECT}/Save`, restore: `${CONNECT}/Restore` }],
  [
    'the second names',
    { session: '/webhook/cognigy/session', restore: '/webhook/cognigy/restore' },
  ],
] as const;

const HEADERS = { 'x-api-key': SECRET, 'content-type': 'application/json' };

/** A payload as the node sends it: `{{…}}` within texts, `{"$cs": …}` for whole values. */
function filledIn(payload = '', flow: object = {}): Record<string, unknown> {
  const evaluate = (script: string) => runInNewContext(script, { ...FLOW, Date, Math, ...flow });
  return JSON.parse(payload, (_key, value) => {
    if (typeof value === 'string')
      return value.replace(/\{\{(.+?)\}\}/g, (_, script) => evaluate(script));
    return value?.$cs ? evaluate(value.$cs.script) : value;
  });
}

describe.each(NAMES)('by %s', (_name, paths) => {
  async function start(settings: Record<string, string> = {}) {
    const app = await startTestApp(settings);
    onTestFinished(app.stop);
    return (path: keyof typeof paths, body: object) =>
      post(app.webhook + paths[path], body, HEADERS);
  }

  test('the save node stores the context, and its repetition is the same update', async () => {
    const postTo = await start();
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
    const postTo = await start();
    for (const [ms, step] of ['a', 'b', 'a'].entries()) {
      const flow = { context: { step }, Date: { now: () => 1_718_445_600_100 + ms } };
      const { body } = await postTo('session', filledIn(save, flow));
      expect(body).toMatchObject({ revision: ms + 1, known: false });
    }
    const { body } = await postTo('restore', filledIn(restore));
    expect(body.context).toEqual({ step: 'a' });
  });

  test('with the line for deleted keys the session has what the flow has', async () => {
    const postTo = await start({ WRITE_FORMAT: '2' });
    await postTo('session', filledIn(save, { context: { kept: 1, deleted: 1 } }));
    const replace = readFileSync(PAGE, 'utf8').match(/`("replace": .*?)`/)?.[1];
    const payload = { ...filledIn(save, { context: { kept: 2 } }), ...JSON.parse(`{${replace}}`) };
    expect(await postTo('session', payload)).toMatchObject({ status: 200, body: { revision: 2 } });
    const { body } = await postTo('restore', filledIn(restore));
    expect(body.context).toEqual({ kept: 2 });
  });

  test('without execution and inputId the repetition is another update', async () => {
    const postTo = await start();
    const { execution, inputId, ...payload } = filledIn(save);
    expect([execution, inputId]).toEqual([3, 'input-3']);
    await postTo('session', payload);
    expect(await postTo('session', payload)).toMatchObject({ body: { revision: 2, known: false } });
  });

  test('the restore node and the code behind it bring the context back', async () => {
    const postTo = await start();
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
    const postTo = await start();
    const answer = await postTo('restore', filledIn(restore));
    expect(answer).toMatchObject({ status: 200, body: { found: false } });
    runInNewContext(act ?? '', { input: { httprequest: { result: answer.body } } });
  });
});

test.each([
  ['the session', erase],
  ['all sessions of the user', eraseUser],
])('the erase node erases %s', async (_name, payload) => {
  const app = await startTestApp();
  onTestFinished(app.stop);
  await post(`${app.webhook}${CONNECT}/Save`, filledIn(save), HEADERS);
  const erased = await post(`${app.webhook}${CONNECT}/Delete`, filledIn(payload), HEADERS);
  expect(erased).toMatchObject({ status: 200, body: { status: 'erased' } });
  const { body } = await post(`${app.webhook}${CONNECT}/Restore`, filledIn(restore), HEADERS);
  expect(body).toEqual({ found: false });
});

test('the page shows the Connect URLs first', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [bodies = ''] = page.split('/webhook/cognigy/');
  for (const url of Object.values(NAMES[0][1])) expect(bodies).toContain(url);
  expect(bodies).toContain('```json');
});
