// A body of exactly the limit is taken on every wire, and one byte more is refused.

import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { PersistRequestSchema } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { SECRET } from '../support/running-app.ts';
import { callHttp1, callHttp2, envelope } from './rpc/raw-calls.ts';
import { startRpcServer } from './rpc/rpc-server.ts';
import { sendBytes } from './server/listener.ts';
import { startWebhookServer } from './webhook/webhook-server.ts';

/** That of the webhook server of tests. */
const WEBHOOK_MAX_BYTES = 1024 * 1024;
const RPC_MAX_BYTES = 1000;

/** JSON of a session with a variable as long as it takes. */
function jsonOf(bytes: number): Buffer {
  const [head, tail] = ['{"sessionId":"s","variables":{"text":"', '"}}'];
  return Buffer.from(head + 'x'.repeat(bytes - head.length - tail.length) + tail);
}

/** The same in protobuf: what is added to the text is added to the message. */
function messageOf(bytes: number): Uint8Array {
  const message = (text: string) =>
    toBinary(
      PersistRequestSchema,
      create(PersistRequestSchema, { sessionId: 's', variables: { text } }),
    );
  return message('x'.repeat(bytes - message('x'.repeat(bytes / 2)).length + bytes / 2));
}

describe('the webhook', () => {
  const requestOf = (body: Buffer, framing: 'length' | 'chunks') => {
    const head = `POST /webhook/cognigy/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: ${SECRET}\r\n`;
    const size = body.length.toString(16);
    return framing === 'length'
      ? Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
      : Buffer.concat([
          Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${size}\r\n`),
          body,
          Buffer.from('\r\n0\r\n\r\n'),
        ]);
  };

  test.each([
    ['length', 0, /^HTTP\/1\.1 200 /],
    ['length', 1, /^HTTP\/1\.1 413 /],
    ['chunks', 0, /^HTTP\/1\.1 200 /],
    ['chunks', 1, /^HTTP\/1\.1 413 /],
  ] as const)('by its %s, with %i bytes too many', async (framing, more, answer) => {
    const { address, service } = await startWebhookServer();
    const request = requestOf(jsonOf(WEBHOOK_MAX_BYTES + more), framing);
    expect(await sendBytes(address, request).closed).toMatch(answer);
    expect(service.commands).toHaveLength(1 - more);
  });
});

describe('an RPC', () => {
  const calls: Record<string, (baseUrl: string, bytes: number) => ReturnType<typeof callHttp1>> = {
    'Connect in JSON': (baseUrl, bytes) =>
      callHttp1(baseUrl, { headers: { 'content-type': 'application/json' }, body: jsonOf(bytes) }),
    'Connect in protobuf': (baseUrl, bytes) =>
      callHttp1(baseUrl, {
        headers: { 'content-type': 'application/proto' },
        body: messageOf(bytes),
      }),
    'gRPC-Web': (baseUrl, bytes) =>
      callHttp1(baseUrl, {
        headers: { 'content-type': 'application/grpc-web+proto' },
        body: envelope(messageOf(bytes)),
      }),
    gRPC: (baseUrl, bytes) => callHttp2(baseUrl, { body: envelope(messageOf(bytes)) }),
  };

  test.each(Object.keys(calls))('by %s', async (wire) => {
    const { baseUrl, service } = await startRpcServer({ bodyMaxBytes: RPC_MAX_BYTES });
    expect(messageOf(RPC_MAX_BYTES)).toHaveLength(RPC_MAX_BYTES);
    expect((await calls[wire]?.(baseUrl, RPC_MAX_BYTES))?.code).toBeUndefined();
    expect(service.commands).toHaveLength(1);
    const refused = await calls[wire]?.(baseUrl, RPC_MAX_BYTES + 1);
    expect(refused?.code).toBe(Code.ResourceExhausted);
    expect(service.commands).toHaveLength(1);
  });
});
