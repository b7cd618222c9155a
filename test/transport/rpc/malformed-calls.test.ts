// Whatever a caller can do wrong, on every wire: which code it is answered, how it is counted, and
// that nobody is woken up by it. Nothing of it reaches a method, and nothing of it is `internal`.

import { gzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RefusalInfoSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BROKEN, get, grpc, json, proto, ROWS, UNKNOWN_FORMS, web } from './malformed-rows.ts';
import { callHttp2, envelope } from './raw-calls.ts';
import { startRpcServer } from './rpc-server.ts';

test.each(ROWS)('%s', async (_what, call, status, code, counted) => {
  const { baseUrl, refused, lines, service, failed } = await startRpcServer({ bodyMaxBytes: 1024 });
  const answer = await call(baseUrl);
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
  await waitFor(() => expect(refused).toEqual([counted]));
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect([service.commands, service.restores, failed]).toEqual([[], [], []]);
  // A caller must be able to tell what is wrong.
  expect(answer.text).not.toContain('internal error');
  // Of our settings, not of a library's options.
  expect(answer.text).not.toMatch(/readMaxBytes/i);
  if (counted === 'too_large') expect(decodeURIComponent(answer.text)).toMatch('BODY_MAX_BYTES');
  // So must a program.
  expect(answer.details).toMatch(/RefusalInfo/);
  expect(answer.details).toContain(counted);
});

test.each(UNKNOWN_FORMS)('%s', async (_what, call, status) => {
  const { baseUrl, refused, lines, service, failed } = await startRpcServer();
  const answer = await call(baseUrl);
  expect(answer).toMatchObject({ status, code: Code.Unimplemented });
  await waitFor(() => expect(refused).toHaveLength(1));
  expect(refusalInfoIn(answer.text)).toMatchObject({ reason: refused[0] });
  expect(refused).not.toContain('internal');
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect([service.commands, service.restores, failed]).toEqual([[], [], []]);
});

test('an unknown method is answered only to who may call', async () => {
  const { baseUrl, refused } = await startRpcServer({ tokens: ['a-token-of-the-test-suite'] });
  expect(await json('{}', {}, 'Nothing')(baseUrl)).toMatchObject({ status: 401 });
  expect(await grpc(new Uint8Array(), {}, 'Nothing')(baseUrl)).toMatchObject({
    code: Code.Unauthenticated,
  });
  const headers = { authorization: 'Bearer a-token-of-the-test-suite' };
  expect(await json('{}', headers, 'Nothing')(baseUrl)).toMatchObject({ status: 501 });
  expect(refused).toEqual(['unauthenticated', 'unauthenticated', 'unimplemented']);
});

function refusalInfoIn(text: string) {
  const [{ type, value }] = JSON.parse(text).details;
  expect(type).toBe(RefusalInfoSchema.typeName);
  return fromBinary(RefusalInfoSchema, Uint8Array.fromBase64(value, { alphabet: 'base64' }));
}

const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

test('a broken message within a stream is invalid', async () => {
  const { baseUrl, refused, lines } = await startRpcServer();
  const answer = await callHttp2(baseUrl, { path: REFLECTION, body: envelope(BROKEN) });
  expect(answer).toMatchObject({ status: 200, code: Code.InvalidArgument });
  await waitFor(() => expect(refused).toEqual(['invalid']));
  expect(lines).toEqual([]);
});

test('every message of a stream may be compressed', async () => {
  const { baseUrl, refused, lines } = await startRpcServer();
  const listServices = gzipSync(Uint8Array.of(0x3a, 0));
  const answer = await callHttp2(baseUrl, {
    path: REFLECTION,
    headers: { 'grpc-encoding': 'gzip' },
    body: Buffer.concat([envelope(listServices, 1), envelope(listServices, 1)]),
  });
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  expect(answer.text.match(/SessionService/g)).toHaveLength(2);
  expect([refused, lines]).toEqual([[], []]);
});

test('whatever bytes come as a message, no wire calls them a bug, and none stores what is not UTF-8', async () => {
  const { baseUrl, refused, lines, service } = await startRpcServer();
  const bytes = fc.uint8Array({ maxLength: 60 });
  const wires = [grpc, web, json, proto];
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat({ max: wires.length - 1 }), async (body, wire) => {
      const isFramed = wire < 2;
      const answer = await (wires[wire] as typeof grpc)(isFramed ? envelope(body) : body)(baseUrl);
      expect(answer.code).not.toBe(Code.Internal);
    }),
    { numRuns: 200 },
  );
  const text = fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .filter((each) => !isUtf8(each) && !each.includes(0x22) && !each.includes(0x5c));
  const stored = service.commands.length;
  await fc.assert(
    fc.asyncProperty(text, async (id) => {
      const asField = Buffer.from([0x0a, id.length, ...id]);
      const asJson = Buffer.concat([Buffer.from('{"sessionId":"'), id, Buffer.from('"}')]);
      for (const call of [
        grpc(envelope(asField)),
        web(envelope(asField)),
        proto(asField),
        json(asJson),
      ]) {
        expect(await call(baseUrl)).toMatchObject({ code: Code.InvalidArgument });
      }
      const query = `message=${encodeURIComponent('{"sessionId":"')}${percentEncoded(id)}${encodeURIComponent('"}')}`;
      expect(await get(`encoding=json&${query}`)(baseUrl)).toMatchObject({
        code: Code.InvalidArgument,
      });
    }),
    { numRuns: 50 },
  );
  expect(service.commands).toHaveLength(stored);
  expect(refused).not.toContain('internal');
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.from(Buffer.from(bytes).toString()).equals(bytes);
}

function percentEncoded(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
