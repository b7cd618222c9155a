// The OpenAPI document of the webhook: current, valid, and true of what the service answers.

import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../proto/openapi/document.ts';
import type { SessionService } from '../../src/service/session-service.ts';
import type { MethodName } from '../../src/transport/webhook/fields.ts';
import { createWebhookRoutes } from '../../src/transport/webhook/webhook-routes.ts';
import { post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';

const text = readFileSync('docs/openapi.json', 'utf8');

type Operation = { operationId: string; description?: string; responses: Record<string, unknown> };
const { paths, components } = JSON.parse(text) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
const operations = Object.values(paths).flatMap((path) => Object.values(path));

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(JSON.parse(text), 'openapi.json');

/** What is wrong with a value, by a schema of the document. */
function problemsOf(schema: string, value: unknown): unknown {
  const validate = ajv.getSchema(`openapi.json#/components/schemas/${schema}`);
  if (!validate) throw new Error(`there is no schema ${schema}`);
  return validate(value) ? [] : validate.errors;
}

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('the document is what `npm run generate` writes', () => {
  expect(openApiDocument()).toEqual(JSON.parse(text));
});

test('the document is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(text));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('each reference leads somewhere, each operation has a name of its own, each field a text', () => {
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(new Set(references)).toEqual(new Set(Object.keys(components.schemas)));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const messages = Object.entries(components.schemas).filter(([name]) =>
    /Request|Response/.test(name),
  );
  const texts = messages.flatMap(([, { properties }]: [string, { properties?: object }]) =>
    Object.values(properties ?? {}).map(({ description }) => description),
  );
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.every((each) => typeof each === 'string' && each !== '')).toBe(true);
});

test('the second names of the methods are the routes, apart from those that inspect', () => {
  const routes = createWebhookRoutes({} as SessionService).map(
    ({ method, pattern }) => `${method.toLowerCase()} ${pattern}`,
  );
  const shown = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb} ${path}`),
  );
  const inspecting = [
    ...['get /api/v1/state/{sessionId}', 'get /debug/session/{sessionId}'],
    'get /api/v1/users/{userId}/export',
  ];
  const methods = ['Save', 'Restore', 'Touch', 'List', 'Delete'].map(
    (name) => `post /cognigy.webhook.v1.WebhookService/${name}`,
  );
  expect(shown.sort()).toEqual(
    [...methods, ...routes.filter((route) => !inspecting.includes(route))].sort(),
  );
});

const BODY = {
  ...{ sessionId: 'session-1', userId: 'user-1', flow_id: 'f', execution: '3', inputId: 'i' },
  ...{ variables: { a: 1 }, context: '{"b":2}', removedContext: ['c'], timestamp: 1_718_445_780 },
  history: [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }, { nodeId: '' }],
};

test.each([
  ['second', '/webhook/cognigy'],
  ['Connect', '/cognigy.webhook.v1.WebhookService'],
])('requests and answers under the %s names are of the schemas', async (name, prefix) => {
  const [sessionId, userId] = [`session-${name}`, `user-${name}`];
  const body = { ...BODY, sessionId, userId };
  const isConnect = prefix.startsWith('/cognigy.');
  const headers = { 'x-api-key': SECRET, 'content-type': 'application/json' };
  const call = async (method: MethodName, body: object) => {
    const path = isConnect
      ? method
      : {
          ...{ Save: 'session', Restore: 'restore', Touch: 'touch' },
          ...{ List: 'sessions', Delete: 'delete' },
        }[method];
    const { status, body: answer } = await post(`${app.webhook}${prefix}/${path}`, body, headers);
    expect(Object.keys(paths[`${prefix}/${path}`]?.post?.responses ?? {})).toContain(`${status}`);
    const schema = status === 200 ? `${method}Response` : isConnect ? 'ConnectError' : 'Error';
    expect(problemsOf(schema, answer)).toEqual([]);
    return answer;
  };
  expect(problemsOf('SaveRequest', body)).toEqual([]);
  expect(await call('Save', body)).toHaveProperty('ignoredSteps');
  expect(await call('Save', body)).toHaveProperty('superseded');
  expect(await call('Restore', { sessionId })).toMatchObject({ found: true });
  expect(await call('Restore', { sessionId: 'another' })).toEqual({ found: false });
  expect(await call('Touch', { sessionId, ttl: 60 })).toMatchObject({ found: true });
  expect(await call('Touch', { sessionId: 'another' })).toEqual({ found: false, erased: false });
  await call('Touch', { sessionId, ttl: 0 });
  expect(await call('List', { userId, pageSize: 1 })).toMatchObject({ sessions: [{ sessionId }] });
  expect(await call('List', { userId: 'another' })).toEqual({ sessions: [], nextPageToken: '' });
  await call('List', { userId, pageSize: 101 });
  await call('Save', { sessionId, replace: ['context'], context: {}, timestamp: 1 });
  await call('Save', { sessionId: 'undefined' });
  await call('Save', { sessionId, ifMatch: 'another' });
  await call('Save', { sessionId, lockToken: 'token-of-22-characters' });
  await call('Save', { ...body, updateId: 'u' });
  await call('Save', { ...body, updateId: 'u', flow_id: 'g' });
  await call('Restore', { sessionId, revision: 99 });
  expect(await call('Delete', { sessionId })).toMatchObject({ found: true });
  expect(await call('Touch', { sessionId })).toEqual({ found: false, erased: true });
  await call('Save', { ...body, updateId: 'v' });
  expect(await call('Delete', { userId, allSessions: true })).toMatchObject({ erased: 1 });
});

test('a body of the wrong form is none of the schema', () => {
  expect(problemsOf('SaveRequest', { ...BODY, variables: [1] })).not.toEqual([]);
  expect(problemsOf('SaveRequest', { ...BODY, removed_variables: [1] })).not.toEqual([]);
  expect(problemsOf('SaveResponse', { status: 'accepted', sessionId: 's' })).not.toEqual([]);
  expect(problemsOf('RestoreResponse', { found: true, other: 1 })).not.toEqual([]);
});
