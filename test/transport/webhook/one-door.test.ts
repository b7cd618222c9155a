// Save, Restore, Touch and Delete by all their names: one contract on every wire, over a file and
// over a real Redis.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentBlocks } from '../../readme/readme.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { type RunningApp, startTestApp } from '../../support/running-app.ts';
import { CLIENT_WIRES, JSON_WIRES, type Method } from './wires.ts';

const WIRES = { ...JSON_WIRES, ...CLIENT_WIRES };

const [documentedSave = ''] = documentBlocks('docs/flows/nodes.md')
  .filter(({ language }) => language === 'json')
  .map(({ text }) => text);

/** As Cognigy fills in the body of docs/flows/nodes.md. */
const FLOW_SAVE = JSON.parse(documentedSave, (_key, value) => {
  const script = value?.$cs?.script;
  if (script === 'context') return { cart: [], isMember: false, note: null, orderId: 'ORD-99281' };
  if (script === 'profile') return { firstname: 'Alice' };
  if (script === 'input.execution') return 3;
  if (script === 'Date.now()') return 1_718_445_600_123;
  return typeof value === 'string' ? value.replace(/\{\{input\.(\w+)\}\}/, 'the $1') : value;
});

/** What each body makes of a session. */
const BODIES: [what: string, body: Record<string, unknown>, state: Record<string, unknown>][] = [
  [
    'the documented body',
    FLOW_SAVE,
    {
      ...{ userId: 'the userId', flowId: 'the flowName', timestamp: 1_718_445_600_123 },
      variables: { firstname: 'Alice' },
      context: FLOW_SAVE.context,
    },
  ],
  [
    'the body of the tutorial in Python',
    {
      ...{ sessionId: 'abc123', userId: 'user-1', flowId: 'checkout', timestamp: 1_718_445_780 },
      variables: { customerId: 'cust-1', cartTotal: 42.5 },
      context: { step: 'payment' },
    },
    {
      ...{ userId: 'user-1', flowId: 'checkout', timestamp: 1_718_445_780 },
      variables: { cartTotal: 42.5, customerId: 'cust-1' },
      context: { step: 'payment' },
    },
  ],
  [
    'the body of the tutorial in Java',
    {
      sessionId: 'sess_8f3a2b1c-4d5e-6f7a-8b9c-0d1e2f3a4b5c',
      context: { customerName: 'Alice', orderId: 'ORD-99281', intent: 'refund_request' },
      history: [
        { nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' },
        { nodeId: 'ask_order', timestamp: '2024-06-15T10:01:30Z' },
      ],
      timestamp: '2024-06-15T10:03:00Z',
      unknownField: { is: 'ignored' },
    },
    {
      context: { customerName: 'Alice', intent: 'refund_request', orderId: 'ORD-99281' },
      history: [
        { nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' },
        { nodeId: 'ask_order', timestamp: '2024-06-15T10:01:30Z' },
      ],
      timestamp: '2024-06-15T10:03:00Z',
    },
  ],
  [
    'other names, and JSON texts',
    {
      ...{ session_id: 's', user_id: 'u', flowName: 'f', execution: '7', input_id: 'i' },
      ...{ variables: '{"a":{"b":[1,null,"x"]},"gone":1}', context: '{}' },
      ...{ removed_variables: '["gone"]', history: '[{"node_id":"n","timestamp":"1718445780"}]' },
      timestamp: { ISODate: '2024-06-15T10:03:00' },
    },
    {
      ...{ userId: 'u', flowId: 'f', variables: { a: { b: [1, null, 'x'] } } },
      ...{ history: [{ nodeId: 'n', timestamp: 1_718_445_780 }], timestamp: '2024-06-15T10:03:00' },
    },
  ],
  [
    'null and empty texts, which are not sent',
    {
      ...{ sessionId: 's', userId: '', variables: null, context: { a: null } },
      ...{ history: null, timestamp: '', sequence: null, execution: null, removedContext: null },
    },
    { context: { a: null } },
  ],
  [
    'keys and values that programs stumble over',
    JSON.parse(
      '{"sessionId":"s","sequence":9007199254740991,"variables":{"":0,"$":"","__proto__":{"__proto__":[]},' +
        '"constructor":{},"big":1e308,"deep":[[{"x":[]}]],"emoji":"😀","false":false,"nul":"\\u0000"}}',
    ),
    {
      variables: JSON.parse(
        '{"":0,"$":"","__proto__":{"__proto__":[]},"constructor":{},"big":1e308,"deep":[[{"x":[]}]],' +
          '"emoji":"😀","false":false,"nul":"\\u0000"}',
      ),
    },
  ],
];

/** What differs from one call to the next, and lists that are left out where they are empty. */
function settled(body: Record<string, unknown> = {}): Record<string, unknown> {
  const { etag, lastUpdated, ttlMs, sessionId, pending, ...rest } = body;
  const isKept = ([, value]: [string, unknown]) => !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(rest).filter(isKept));
}

const STORES: [name: string, start: () => Promise<RunningApp>][] = [
  ['a file', () => startTestApp()],
  ['Redis', startOnRedis],
];

async function startOnRedis(): Promise<RunningApp> {
  const redis = await startRedisServer();
  const app = await startTestApp({ STORE_URL: `redis://${redis.host}:${redis.port}` });
  return {
    ...app,
    async stop() {
      await app.stop();
      await redis.stop();
    },
  };
}

describe.each(STORES)('over %s', (_store, start) => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.stop());

  describe.each(Object.entries(WIRES))('by %s', (wireName, wire) => {
    test.each(BODIES)('%s', async (_what, template, state) => {
      const sessionId = `${wireName} ${randomUUID()}`;
      const id = 'session_id' in template && template.session_id ? 'session_id' : 'sessionId';
      const body = { ...template, [id]: sessionId };
      const saved = await wire(app.webhook, 'Save', JSON.stringify(body));
      expect(saved.body).toEqual({
        ...{ status: 'accepted', sessionId, revision: 1, durability: 'stored', known: false },
        etag: expect.stringMatching(/^[0-9a-f]{20}$/),
      });

      const restored = await wire(app.webhook, 'Restore', JSON.stringify({ [id]: sessionId }));
      const empty = { userId: '', flowId: '', variables: {}, context: {} };
      // Without a timestamp it is the time of receipt.
      const timestamp = expect.stringMatching(/^20\d\d-.*Z$/);
      expect(settled(restored.body)).toEqual({
        ...{ found: true, ...empty, timestamp, ...state, revision: 1, outcome: 'intact' },
      });
      expect(restored.body).toMatchObject({ sessionId, etag: saved.body?.etag });
      expect(restored.body?.ttlMs).toBeGreaterThan(86_000_000);
      expect(Date.parse(String(restored.body?.lastUpdated))).toBeGreaterThan(1_718_445_780_000);

      const erased = await wire(app.webhook, 'Delete', JSON.stringify({ [id]: sessionId }));
      const { userId } = settled(restored.body);
      expect(settled(erased.body)).toEqual({
        ...{ status: 'erased', found: true, frames: 1, quarantined: 0, locked: false },
        indexEntries: userId ? 1 : 0,
        durability: 'stored',
      });
      const gone = await wire(app.webhook, 'Restore', JSON.stringify({ [id]: sessionId }));
      expect(gone.body).toEqual({ found: false });
    });

    test('a repetition is known, and a user is found and erased', async () => {
      const [sessionId, userId] = [randomUUID(), randomUUID()];
      const body = JSON.stringify({ ...FLOW_SAVE, sessionId, userId });
      const first = await wire(app.webhook, 'Save', body);
      const again = await wire(app.webhook, 'Save', body);
      expect(again.body).toEqual({ ...first.body, known: true, superseded: false });

      const found = await wire(app.webhook, 'Restore', JSON.stringify({ userId }));
      expect(found.body).toMatchObject({ found: true, sessionId });

      const named = await wire(app.webhook, 'Delete', JSON.stringify({ userId }));
      expect(named).toEqual({ code: 'invalid_argument', reason: 'invalid' });
      const all = JSON.stringify({ userId, allSessions: true });
      const erased = await wire(app.webhook, 'Delete', all);
      expect(erased.body).toMatchObject({
        ...{ status: 'erased', userId, erased: 1, remaining: 0 },
        sessions: [{ sessionId, found: true, frames: 1, pending: [{ kind: 'late_updates' }] }],
        pending: [{ kind: 'late_updates', until: expect.stringMatching(/^20\d\d-.*Z$/) }],
      });
    });

    test('a session lives as long as updates and touches say, and is not touched once it is gone', async () => {
      const sessionId = randomUUID();
      const call = async (method: Method, body: object = {}) =>
        (await wire(app.webhook, method, JSON.stringify({ sessionId, ...body }))).body;
      const secondsLeft = async () => Number((await call('Restore'))?.ttlMs) / 1000;
      expect(await call('Touch')).toEqual({ found: false, erased: false });
      await call('Save', { ttl: 600 });
      expect(Math.abs((await secondsLeft()) - 600)).toBeLessThan(60);
      const touched = await call('Touch', { ttl: '7200' });
      expect(touched).toMatchObject({ found: true, sessionId, durability: 'stored' });
      expect(Math.abs(Number(touched?.ttlMs) / 1000 - 7200)).toBeLessThan(60);
      expect(await call('Touch', { ttl: 60 })).toMatchObject({ found: true });
      expect(Math.abs((await secondsLeft()) - 7200)).toBeLessThan(60);
      await call('Save', { ttl: 900, ttlMode: 'exact' });
      expect(Math.abs((await secondsLeft()) - 900)).toBeLessThan(60);
      expect(await call('Touch')).toMatchObject({ found: true });
      expect(await secondsLeft()).toBeGreaterThan(86_000);
      await call('Delete');
      expect(await call('Touch', { ttl: 60 })).toEqual({ found: false, erased: true });
      expect(await call('Restore')).toEqual({ found: false });
    });

    test("a user's sessions are listed, newest first, page by page", async () => {
      const userId = randomUUID();
      const call = async (method: Method, body: object) =>
        (await wire(app.webhook, method, JSON.stringify({ userId, ...body }))).body ?? {};
      const ids = ['first', 'second', 'third'].map((name) => `${name} ${userId}`);
      for (const [place, sessionId] of ids.entries())
        await call('Save', { sessionId, flowId: 'f', timestamp: 1_718_445_780 + place });
      const page = await call('List', { pageSize: '2' });
      expect(page.sessions).toEqual(
        [ids[2], ids[1]].map((sessionId) => ({
          ...{ sessionId, flowId: 'f', outcome: 'intact' },
          lastEvent: expect.stringMatching(/^2024-06-15T10:03:0\d\.999Z$/),
          expiresAt: expect.stringMatching(/^20\d\d-.*Z$/),
        })),
      );
      const rest = await call('List', { page_size: 2, page_token: page.nextPageToken });
      expect(rest).toMatchObject({ sessions: [{ sessionId: ids[0] }], nextPageToken: '' });
    });

    test('refusals have one code and one reason', async () => {
      const sessionId = randomUUID();
      const refused = async (method: Method, body: object) =>
        wire(app.webhook, method, JSON.stringify({ sessionId, ...body }));
      const invalid = { code: 'invalid_argument', reason: 'invalid' };
      expect(await refused('Save', { sessionId: '' })).toEqual(invalid);
      expect(await refused('Save', { sessionId: '{{input.sessionId}}' })).toEqual(invalid);
      expect(await refused('Save', { timestamp: 'yesterday' })).toEqual(invalid);
      expect(await refused('Save', { variables: [1] })).toEqual(invalid);
      expect(await refused('Save', { context: '[object Object]' })).toEqual(invalid);
      expect(await refused('Save', { flowId: 'a', flowName: 'b' })).toEqual(invalid);
      expect(await refused('Save', { sequence: 1, execution: 2 })).toEqual(invalid);
      expect(await refused('Restore', { sessionId: '' })).toEqual(invalid);
      expect(await refused('Restore', { revision: 'two' })).toEqual(invalid);
      expect(await refused('Save', { ttl: 0 })).toEqual(invalid);
      expect(await refused('Save', { ttl: '1h' })).toEqual(invalid);
      expect(await refused('Save', { ttl: 60, ttlMode: 'shorten' })).toEqual(invalid);
      expect(await refused('Save', { ttlMode: 'exact' })).toEqual(invalid);
      expect(await refused('Touch', { sessionId: '' })).toEqual(invalid);
      expect(await refused('Touch', { ttl: 1.5 })).toEqual(invalid);
      for (const list of [{}, { userId: 'null' }, { userId: 'u', pageSize: 101 }])
        expect(await refused('List', list)).toEqual(invalid);
      expect(await refused('List', { userId: 'u', pageToken: 'x' })).toEqual(invalid);
      expect(await refused('Delete', { ifMatch: 'none' })).toEqual(invalid);
      const conflict = { code: 'aborted', reason: 'conflict' };
      expect(await refused('Save', { ifMatch: 'another' })).toEqual(conflict);
      expect(await refused('Delete', { ifMatch: '*' })).toEqual(conflict);
      const lost = { code: 'failed_precondition', reason: 'lock_lost' };
      expect(await refused('Save', { lockToken: 'token-of-22-characters' })).toEqual(lost);
      const large = { code: 'resource_exhausted', reason: 'too_large' };
      const keys = Object.fromEntries(Array.from({ length: 2001 }, (_, place) => [place, 1]));
      expect(await refused('Save', { variables: keys })).toEqual(large);
      expect(
        await refused('Save', { sequence: 2, execution: '2', variables: { a: 1 } }),
      ).toMatchObject({ body: { status: 'accepted', revision: 1 } });
    });
  });
});
