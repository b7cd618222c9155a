// docs/coming-from-a-tutorial.md: its commands are run on sessions as the tutorials' services left
// them, and each row of its tables is tried.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IMPORT_RESULTS } from '../../src/commands/import-one.ts';
import { readConfig } from '../../src/config.ts';
import { METRICS } from '../../src/telemetry/metrics-table.ts';
import { freePorts } from '../support/free-ports.ts';
import { cgnyKey, cgnyValue } from '../support/legacy/cgny-layout.ts';
import { jsonKey, jsonValue } from '../support/legacy/json-layout.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { get, post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { expectAnswer } from './answers.ts';
import { codeSpans, documentBlocks, tableIn } from './readme.ts';
import { openTerminal, type RunningService, startInTerminal, type Terminal } from './terminal.ts';

const PATH = 'docs/coming-from-a-tutorial.md';
const page = readFileSync(PATH, 'utf8');
const blocks = documentBlocks(PATH);

const SESSION = {
  ...{ sessionId: 'session-1001', userId: 'user-1001', flowId: 'checkout' },
  variables: { customerId: 'C-1001', cartTotal: 42.5 },
  context: { intent: 'checkout' },
};

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
  await redis.client.set(jsonKey('session-1001'), jsonValue(SESSION), 'EX', 3600);
  await redis.client.set(cgnyKey('session-2'), cgnyValue({ sessionId: 'session-2' }), 'EX', 86_400);
});
afterAll(() => redis?.stop());

describe('the steps', () => {
  let terminal: Terminal;
  let service: RunningService | undefined;
  let environment: Record<string, string>;

  beforeAll(async () => {
    const [webhook = '', rpc = '', admin = ''] = (await freePorts(3)).map(
      (port) => `127.0.0.1:${port}`,
    );
    environment = {
      ...{ WEBHOOK_LISTEN: webhook, RPC_LISTEN: rpc, ADMIN_LISTEN: admin, SECRET },
      ...{ WEBHOOK: `http://${webhook}`, REDIS: `redis://127.0.0.1:${redis.port}` },
    };
    terminal = openTerminal(environment);
  });
  afterAll(async () => {
    terminal?.close();
    await service?.stop();
  });

  test.each(
    blocks.flatMap((block, place) =>
      block.language === 'sh' ? [{ text: block.text, shown: blocks[place + 1] }] : [],
    ),
  )('block $text', async ({ text, shown }) => {
    if (text.endsWith('npm start\n')) {
      service = await startInTerminal(text, environment);
      expect((await fetch(`http://${environment.ADMIN_LISTEN}/readyz`)).status).toBe(200);
      return;
    }
    const { output, errors, code } = await terminal.run(text);
    expect(code, errors).toBe(0);
    if (shown === undefined) throw new Error('the block shows no answer');
    expectAnswer(output, shown);
  });
});

describe('what callers notice', () => {
  let app: RunningApp;
  let defined: RunningApp;
  beforeAll(async () => {
    const settings = { STORE_URL: `redis://127.0.0.1:${redis.port}`, LEGACY_STATE: 'read' };
    app = await startTestApp(settings);
    defined = await startTestApp({ ...settings, FLOWS_DIR: 'examples/flows' });
    const damaged = cgnyValue({ sessionId: 'damaged' });
    await redis.client.set(cgnyKey('damaged'), damaged.fill(0xff, 40, 41));
  });
  afterAll(async () => {
    await Promise.all([app?.stop(), defined?.stop()]);
  });

  const token = { 'x-cognigy-webhook-token': SECRET };
  const bearer = { authorization: `Bearer ${SECRET}` };
  const python = (body: object, headers: Record<string, string> = token, to = app) =>
    post(`${to.webhook}/webhook/cognigy/session`, body, headers);
  const java = (body: object, headers: Record<string, string> = bearer) =>
    post(`${app.webhook}/webhook/cognigy/session-update`, body, headers);
  const shown = (path: string, headers: Record<string, string> = bearer) =>
    get(`${app.webhook}${path}`, headers);

  const ROWS: Record<string, Record<string, () => Promise<void>>> = {
    'FastAPI service': {
      'a save': async () => {
        const { status, body } = await python({ sessionId: 'p' });
        expect(status).toBe(200);
        expect(body).toMatchObject({ status: 'accepted', sessionId: 'p' });
        for (const name of ['revision', 'etag', 'durability', 'known'])
          expect(body).toHaveProperty(name);
      },
      'a save without a valid token': async () => {
        for (const headers of [{}, { 'x-cognigy-webhook-token': 'x'.repeat(20) }])
          expect(await python({ sessionId: 'p' }, headers as Record<string, string>)).toMatchObject(
            {
              ...{ status: 401, body: { error: expect.any(String) } },
            },
          );
      },
      'a save without a `sessionId`': async () => {
        const { status, body } = await python({});
        expect(status).toBe(400);
        expect(body.error).toMatch(/sessionId is required/);
        expect(body.details).toHaveLength(1);
        expect(body).not.toHaveProperty('detail');
      },
      'a save that violates a definition': async () => {
        const update = { sessionId: 'p', variables: { customerId: 1 } };
        expect((await python(update, token, defined)).status).toBe(422);
        expect((await python(update)).status).toBe(200);
      },
      '`GET /debug/session/{id}`': async () => {
        await python({ sessionId: 'p' });
        const { status, body } = await shown('/debug/session/p', token);
        expect(status).toBe(200);
        expect(body).toMatchObject({ lastUpdated: expect.stringMatching(/^\d{4}-.*Z$/) });
      },
      '`GET /debug/session/{id}` of no session': async () => {
        const { status, body } = await shown('/debug/session/nobody', token);
        expect([status, typeof body.error]).toEqual([404, 'string']);
      },
      '`GET /metrics` on the port of the webhook': async () => {
        expect((await shown('/metrics', token)).status).toBe(404);
        expect((await fetch(`${app.admin}/metrics`)).status).toBe(200);
      },
    },
    'Spring Boot service': {
      'a save': async () => {
        const { status, body } = await java({ sessionId: 'j', context: { a: 1 } });
        expect([status, body.status]).toEqual([200, 'accepted']);
      },
      'a save without a credential': async () => {
        expect((await java({ sessionId: 'j' }, {})).status).toBe(401);
      },
      'a save with a wrong token': async () => {
        const wrong = { authorization: `Bearer ${'x'.repeat(20)}` };
        expect((await java({ sessionId: 'j' }, wrong)).status).toBe(403);
      },
      'a save of numbers and objects in `context`': async () => {
        const context = { n: 1, o: { a: [true] }, none: null };
        await java({ sessionId: 'values', context });
        expect((await shown('/api/v1/state/values')).body.context).toEqual(context);
      },
      'a save of a context without a key that was saved before': async () => {
        await java({ sessionId: 'merged', context: { a: '1', b: '1' } });
        await java({ sessionId: 'merged', context: { a: '2' } });
        expect((await shown('/api/v1/state/merged')).body.context).toEqual({ a: '2', b: '1' });
        await java({ sessionId: 'merged', removedContext: ['b'] });
        expect((await shown('/api/v1/state/merged')).body.context).toEqual({ a: '2' });
      },
      '`GET /api/v1/state/{id}`': async () => {
        const { status, body } = await shown('/api/v1/state/session-2');
        expect(status).toBe(200);
        expect(body).toMatchObject({ sessionId: 'session-2', frames: [{ revision: 1 }] });
      },
      '`GET /api/v1/state/{id}` of no session': async () => {
        const answer = { status: 404, body: { error: 'State not found or expired' } };
        expect(await shown('/api/v1/state/nobody')).toMatchObject(answer);
      },
      '`GET /api/v1/state/{id}` of a damaged session': async () => {
        const body = { error: 'State corruption detected', action: 'Fallback state returned' };
        const answer = { status: 500, body: { ...body, sessionId: 'damaged' } };
        expect(await shown('/api/v1/state/damaged')).toMatchObject(answer);
      },
      '`GET /api/v1/state/{id}/restore`': async () => {
        const context = { fallback: 'true', corruptionDetected: 'true' };
        const fallback = { status: 200, body: { outcome: 'fallback', context } };
        expect(await shown('/api/v1/state/damaged/restore')).toMatchObject(fallback);
        const intact = { status: 200, body: { outcome: 'intact' } };
        expect(await shown('/api/v1/state/session-2/restore')).toMatchObject(intact);
      },
      '`GET /api/v1/state/{id}/restore` of no session': async () => {
        const answer = { status: 404, body: { error: 'No state available for restoration' } };
        expect(await shown('/api/v1/state/nobody/restore')).toMatchObject(answer);
      },
    },
  };

  describe.each(Object.entries(ROWS))('by flows of the %s', (service, checks) => {
    test('is in its table', () => {
      const rows = tableIn(page, `request | ${service}`).map(([request]) => request);
      expect(rows).toEqual(Object.keys(checks));
    });

    test.each(Object.entries(checks))('%s', async (_, check) => {
      expect.hasAssertions();
      await check();
    });
  });

  test('metrics that are named exist', () => {
    const named = tableIn(page, 'metric').flatMap(([metric = '']) => codeSpans(metric));
    const known: string[] = Object.values(METRICS).map(({ name }) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(METRICS.persistSeconds.labels.status).toContain('accepted');
  });
});

const SETTINGS = tableIn(page, 'tutorial').flatMap(([theirs = '', ours = '']) =>
  codeSpans(theirs).map((name) => ({ name, ours: codeSpans(ours)[0] ?? '' })),
);

test.each(SETTINGS)('$name is answered with $ours', ({ name, ours }) => {
  const sources = { readFile: () => '', createSecret: () => SECRET };
  const { warnings } = readConfig({ [name]: '3600' }, sources);
  expect(warnings).toEqual([expect.stringMatching(`^${name} is not a setting\\b.*\\b${ours}\\b`)]);
});

test('the results are those of the import, in its order', () => {
  const named = tableIn(page, 'result').flatMap(([results = '']) => codeSpans(results));
  expect(named).toEqual([...IMPORT_RESULTS]);
});

test('the README leads here', () => {
  expect(readFileSync('README.md', 'utf8')).toContain(`](${PATH})`);
});
