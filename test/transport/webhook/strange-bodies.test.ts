// Bodies that no flow should send: every wire refuses them alike, and says which field it is.

import { randomUUID } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  SaveRequestSchema,
  WebhookService,
} from '../../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import { post, type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';
import { callHttp1, callHttp2, envelope } from '../rpc/raw-calls.ts';
import { JSON_WIRES } from './wires.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const KEY = { 'x-api-key': SECRET };
const SAVE = `/${WebhookService.typeName}/Save`;

/** Texts of JSON, and what the message of their refusal names. */
const ROWS: [text: string, named: RegExp][] = [
  ['', /the body is empty/],
  ['[]', /must be a JSON object, not an array/],
  ['{"sessionId":"s"', /not JSON/],
  ['{"sessionId":"s","sessionId":"s"}', /has sessionId twice/],
  ['{"sessionId":"s","variables":{},"vari\\u0061bles":{}}', /has variables twice/],
  ['{"sessionId":"a","session_id":"b"}', /sessionId and session_id are one field/],
  ['{"sessionId":"s","flowName":"a","flow_id":"b"}', /flow_id and flowName are one field/],
  ['{"sessionId":"s","variables":{"a":1e999}}', /variables\/a.*out of range/],
  ['{"sessionId":"s","variables":{"a":["\\ud800"]}}', /variables\/a.*surrogate/],
  ['{"sessionId":"s","context":{"\\udc00":1}}', /context.*surrogate/],
  ['{"sessionId":"s\\ud800"}', /sessionId.*surrogate/],
  ['{"sessionId":"s","variables":"{\\"a\\":1"}', /variables is a text that is not JSON/],
  ['{"sessionId":["s"]}', /sessionId must be a text or a number, not an array/],
  ['{"sessionId":12345678901234567890}', /sessionId is a number too large to be exact/],
  ['{"sessionId":"s","execution":1.5}', /execution must be a whole number/],
  ['{"sessionId":"s","history":{}}', /history must be an array/],
  ['{"sessionId":"s","timestamp":true}', /timestamp must be a text or a number/],
];

test.each(ROWS)('%j is refused on each name, in the form of each', async (text, named) => {
  for (const wire of Object.values(JSON_WIRES)) {
    const answer = await wire(app.webhook, 'Save', text);
    expect(answer).toEqual({ code: 'invalid_argument', reason: 'invalid' });
  }
  const json = { ...KEY, 'content-type': 'application/json' };
  const own = await post(`${app.webhook}/webhook/cognigy/session`, text, json);
  const connect = await post(app.webhook + SAVE, text, json);
  expect([own.status, connect.status]).toEqual([400, 400]);
  const [{ pointer, message }] = own.body.details;
  expect(`${pointer}: ${message}`).toMatch(named);
  expect(connect.body.message).toMatch(named);
});

const NESTED: [place: string, bodyWith: (nested: string) => string][] = [
  ['a value', (nested) => `{"sessionId":"s","variables":{"a":${nested}}}`],
  [
    'a value under an escaped name',
    (nested) => `{"sessionId":"s","context":{"\\u00e9":${nested}}}`,
  ],
  [
    'the JSON text of a field',
    (nested) => JSON.stringify({ sessionId: 's', variables: `{"\\u00e9":${nested}}` }),
  ],
  [
    'a field under two names',
    (nested) => `{"sessionId":"s","flowId":${nested},"flow_id":${nested}}`,
  ],
];

// Some function calls itself for each level, and no stack has room for the last of them.
test.each(NESTED)('%s is refused as too deep, however deep it is', async (_, bodyWith) => {
  for (const levels of [40, 5_000, 20_000]) {
    const text = bodyWith('['.repeat(levels) + ']'.repeat(levels));
    for (const path of ['/webhook/cognigy/session', SAVE]) {
      const answer = await post(app.webhook + path, text, {
        ...KEY,
        'content-type': 'application/json',
      });
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        400,
        expect.stringContaining('a value is nested deeper than 30 levels'),
      ]);
    }
  }
});

test('a field of a value may be there twice: the last counts', async () => {
  const text = '{"sessionId":"twice","zzz":1,"zzz":2,"variables":{"a":1,"a":{"b":1,"b":2}}}';
  for (const wire of Object.values(JSON_WIRES)) {
    expect(await wire(app.webhook, 'Save', text)).toMatchObject({ body: { status: 'accepted' } });
    const { body } = await wire(app.webhook, 'Restore', '{"sessionId":"twice"}');
    expect(body?.variables).toEqual({ a: { b: 2 } });
  }
});

test('JSON that is not UTF-8 is refused by either name', async () => {
  const body = new Uint8Array(Buffer.from('{"sessionId":"\xe4"}', 'latin1'));
  const json = { ...KEY, 'content-type': 'application/json' };
  for (const path of ['/webhook/cognigy/session', SAVE]) {
    const answer = await post(app.webhook + path, body, json);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_argument']);
  }
});

describe('what only binary protobuf can say', () => {
  const number = (value: number) => ({ kind: { case: 'numberValue', value } }) as const;
  const struct = (fields: object) =>
    ({ kind: { case: 'structValue', value: { fields } } }) as const;
  const save = (init: object) =>
    toBinary(SaveRequestSchema, create(SaveRequestSchema, { sessionId: 's', ...init }));

  test.each([
    ['NaN in a value', save({ variables: struct({ a: number(Number.NaN) }) }), /variables\/a/],
    ['an infinity', save({ context: struct({ a: number(-1 / 0) }) }), /context\/a/],
    ['NaN as a counter', save({ sequence: number(Number.NaN) }), /sequence/],
    ['a Value without a kind', save({ timestamp: { kind: { case: undefined } } }), /timestamp/],
    ['one within a value', save({ variables: struct({ a: {} }) }), /variables/],
    ['an id that is not UTF-8', Uint8Array.of(0x0a, 0x02, 0xe4, 0x31), /UTF|utf|read/],
  ])('%s is refused', async (_what, message, named) => {
    const calls = [
      callHttp1(app.webhook, {
        ...{ path: SAVE, body: message },
        headers: { ...KEY, 'content-type': 'application/proto' },
      }),
      callHttp1(app.webhook, {
        ...{ path: SAVE, body: envelope(message) },
        headers: { ...KEY, 'content-type': 'application/grpc-web+proto' },
      }),
      callHttp2(app.webhook, { path: SAVE, body: envelope(message), headers: KEY }),
    ];
    for (const { code, text, details } of await Promise.all(calls)) {
      expect(code).toBe(Code.InvalidArgument);
      expect(decodeURIComponent(text)).toMatch(named);
      expect(details).toMatch(/RefusalInfo/);
    }
  });
});

test('whatever a body holds, both names say the same of it', async () => {
  const name = fc.constantFrom(
    ...['sessionId', 'session_id', 'userId', 'flowId', 'flowName', 'variables', 'context'],
    ...['removedVariables', 'history', 'timestamp', 'sequence', 'execution', 'inputId', 'other'],
  );
  const value = fc.oneof(
    fc.constantFrom(null, '', 's', 'undefined', 0, 7, -1, 1.5, true, '{"a":1}', '["a"]', 's{{x}}'),
    fc.constantFrom([], ['a'], {}, { a: [null] }, [{ nodeId: 'n' }], { ISODate: '2024-06-15' }),
    fc.constantFrom('2024-06-15T10:00:00Z', 1_718_445_780, '1718445780123'),
    fc.jsonValue(),
  );
  const members = fc.array(fc.tuple(name, value), { maxLength: 4 });
  const seen = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.boolean(), members, async (hasId, sent) => {
      const answers = [];
      for (const wire of Object.values(JSON_WIRES)) {
        const own = ['updateId', ...(hasId ? ['sessionId'] : [])];
        const all = [...own.map((key) => [key, randomUUID()]), ...sent];
        const text = `{${all.map(([key, held]) => `"${key}":${JSON.stringify(held)}`).join()}}`;
        const { body, ...refusal } = await wire(app.webhook, 'Save', text);
        const { etag, revision, sessionId, ...rest } = body ?? {};
        answers.push(body ? { ...rest, places: [typeof etag, typeof revision] } : refusal);
      }
      const [first, ...others] = answers;
      for (const other of others) expect(other).toEqual(first);
      if (first && 'code' in first) seen.refused += 1;
      else seen.accepted += 1;
    }),
    { numRuns: 150 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(10);
});

test('escaped names stay what they are, whatever was sent before', async () => {
  const body = (sessionId: string, name: string) =>
    `{"sessionId":"${sessionId}","variables":{"h":1,"${name}":2,"in":{"h":1,"${name}":2}}}`;
  for (const wire of Object.values(JSON_WIRES)) {
    await wire(app.webhook, 'Save', body('poison', '\\\\'));
    await wire(app.webhook, 'Save', body('victim', '\\u00e9'));
    const { body: restored } = await wire(app.webhook, 'Restore', '{"sessionId":"victim"}');
    expect(restored?.variables).toEqual({ h: 1, é: 2, in: { h: 1, é: 2 } });
  }
});
