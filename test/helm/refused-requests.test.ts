// What rules and dashboard subtract from the requests is what the service refuses for a credential,
// each request once: over HTTP, where the status says so, and over gRPC, where it is 200.

import { connect } from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '../main/running-process.ts';
import { RPC_TOKEN, SECRET } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';

const CREDENTIALS = ['unauthenticated', 'wrong_credential', 'wrong_bearer'];

test('the difference is what had a credential', async () => {
  const service = startProcess({ COGNIGY_WEBHOOK_SECRET: SECRET, RPC_TOKEN });
  const webhook = `http://${await service.address('webhook')}/webhook/cognigy/restore`;
  const body = JSON.stringify({ sessionId: 'session-1' });
  const post = (headers: Record<string, string>) =>
    fetch(webhook, { method: 'POST', headers, body }).then(({ status }) => status);
  expect(await post({})).toBe(401);
  expect(await post({ 'x-api-key': 'another-secret-altogether' })).toBe(401);
  expect(await post({ authorization: 'Bearer another-secret-altogether' })).toBe(403);
  expect(await post({ 'x-api-key': SECRET })).toBe(200);
  const rpc = connect(`http://${await service.address('rpc')}`);
  onTestFinished(() => rpc.destroy());
  for (const authorization of ['', 'Bearer another-secret-altogether'])
    expect(await grpcStatus(rpc, authorization)).toEqual({ status: 200, grpc: '16' });

  await waitFor(async () => {
    const text = await (await fetch(`http://${await service.address('admin')}/metrics`)).text();
    expect(sumOf(text, /^cognigy_session_http_requests_total\{listener="(webhook|rpc)"/)).toBe(6);
    const reasons = new RegExp(`_errors_total\\{error_type="(${CREDENTIALS.join('|')})"`);
    expect(sumOf(text, reasons)).toBe(5);
  });
});

function grpcStatus(rpc: ReturnType<typeof connect>, authorization: string) {
  return new Promise((resolve, reject) => {
    const call = rpc.request({
      ':method': 'POST',
      ':path': '/cognigy.session.v1.SessionService/Restore',
      'content-type': 'application/grpc',
      ...(authorization && { authorization }),
    });
    let grpc: unknown;
    call.on('response', (headers) => {
      grpc = headers['grpc-status'];
      call.on('trailers', (trailers) => {
        grpc ??= trailers['grpc-status'];
      });
      call.on('close', () => resolve({ status: headers[':status'], grpc }));
    });
    call.on('error', reject);
    call.resume();
    call.end(Buffer.alloc(5));
  });
}

function sumOf(exposition: string, pattern: RegExp): number {
  const lines = exposition.split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
