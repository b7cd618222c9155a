// The OpenAPI document of the webhook: the methods of WebhookService by their Connect paths, and
// the routes that are their second names.

import type { DescMethod } from '@bufbuild/protobuf';
import { WebhookService } from '../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import type { MethodName } from '../../src/transport/webhook/fields.ts';
import { protoComments } from './comments.ts';
import { ERROR_SCHEMAS, errorResponses } from './errors.ts';
import { messageSchemas } from './schemas.ts';

/** Routes that are second names of a method: `path` with an id in place of the body. */
const SECOND_NAMES: { verb: 'post' | 'get' | 'delete'; path: string; method: MethodName }[] = [
  { verb: 'post', path: '/webhook/cognigy/session', method: 'Save' },
  { verb: 'post', path: '/webhook/cognigy/session-update', method: 'Save' },
  { verb: 'post', path: '/webhook/cognigy/restore', method: 'Restore' },
  { verb: 'post', path: '/webhook/cognigy/touch', method: 'Touch' },
  { verb: 'post', path: '/webhook/cognigy/sessions', method: 'List' },
  { verb: 'post', path: '/webhook/cognigy/delete', method: 'Delete' },
  { verb: 'get', path: '/api/v1/state/{sessionId}/restore', method: 'Restore' },
  { verb: 'delete', path: '/api/v1/state/{sessionId}', method: 'Delete' },
  { verb: 'get', path: '/api/v1/users/{userId}/sessions', method: 'List' },
  { verb: 'delete', path: '/api/v1/users/{userId}', method: 'Delete' },
];

/** The document, as a value of JSON. */
export function openApiDocument(): object {
  const comments = protoComments();
  const paths: Record<string, object> = {};
  for (const desc of WebhookService.methods) {
    const path = `/${WebhookService.typeName}/${desc.name}`;
    paths[path] = { post: operation(desc, { operationId: desc.name, onConnect: true }) };
  }
  for (const { verb, path, method } of SECOND_NAMES) {
    const desc = WebhookService.methods.find(({ name }) => name === method) as DescMethod;
    paths[path] = { ...paths[path], [verb]: secondName(desc, { verb, path }) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'cognigy-session-sidecar: webhook',
      version: 'v1',
      description: comments.get(WebhookService.typeName),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080', description: 'The webhook listener.' }],
    security: [{ apiKey: [] }, { authorization: [] }, { webhookToken: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        authorization: {
          ...{ type: 'apiKey', in: 'header', name: 'Authorization' },
          description: '`ApiKey <secret>` or `Bearer <secret>`.',
        },
        webhookToken: { type: 'apiKey', in: 'header', name: 'X-Cognigy-Webhook-Token' },
      },
      schemas: { ...messageSchemas(comments), ...ERROR_SCHEMAS },
    },
  };

  function operation(
    desc: DescMethod,
    { operationId, onConnect }: { operationId: string; onConnect: boolean },
  ): object {
    const method = desc.name as MethodName;
    const description = comments.get(`${WebhookService.typeName}.${desc.name}`) ?? '';
    return {
      operationId,
      summary: description.split('.')[0],
      description,
      requestBody: { required: true, content: jsonOf(desc.input.name) },
      responses: { 200: answerOf(desc), ...errorResponses(method, { onConnect }) },
    };
  }

  function secondName(desc: DescMethod, { verb, path }: { verb: string; path: string }): object {
    const name = path.replaceAll(/\{|\}/g, '').split('/').slice(2);
    const operationId = [verb, ...name].join('-');
    if (verb === 'post') return operation(desc, { operationId, onConnect: false });
    const method = desc.name as MethodName;
    const [, id = ''] = /\{(\w+)\}/.exec(path) ?? [];
    const queries: Partial<Record<MethodName, object[]>> = {
      Restore: [{ name: 'revision', in: 'query', schema: { type: 'integer', minimum: 0 } }],
      List: [
        { name: 'pageSize', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
        { name: 'pageToken', in: 'query', schema: { type: 'string' } },
      ],
    };
    const more = method === 'Restore' ? (['not_found'] as const) : [];
    return {
      operationId,
      summary: `${desc.name} for the ${id === 'userId' ? 'user' : 'session'} in the path`,
      parameters: [
        { name: id, in: 'path', required: true, schema: { type: 'string' } },
        ...(queries[method] ?? []),
      ],
      responses: { 200: answerOf(desc), ...errorResponses(method, { onConnect: false, more }) },
    };
  }
}

function answerOf({ output }: DescMethod): object {
  return { description: 'The answer.', content: jsonOf(output.name) };
}

function jsonOf(schema: string): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}
