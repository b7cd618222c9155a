// The floor: the smallest possible cost of a persist on this runtime. A minimal server, `http1` or
// `grpc`, that parses the body, computes one SHA-256, runs the service's append script over ioredis
// with the service's options, and answers. It validates, merges and removes nothing. A restore is
// as small: one read of a session of a single frame, one SHA-256. `grpc` is plain node:http2 that
// answers as gRPC must, with a message and trailers. `grpc-js` is what one would write instead of
// either: @grpc/grpc-js with generated messages, and the same work behind it.
//
//   node bench/servers/floor.ts http1|grpc|grpc-js <port> <port of Redis>

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import {
  type PersistRequest,
  PersistRequestSchema,
  type PersistResponse,
  PersistResponseSchema,
  PersistStatus,
} from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { nodeOptions } from '../../src/store/redis/connection/node-options.ts';
import { loadScript } from '../../src/store/redis/scripts/script.ts';
import { framed } from '../load/framed.ts';

const [protocol, port, redisPort] = process.argv.slice(2);
const target = { kind: 'standalone', host: '127.0.0.1', port: Number(redisPort) } as const;
const redis = new Redis({
  ...nodeOptions({
    target,
    connectTimeoutMs: 20_000,
    commandTimeoutMs: 20_000,
    topologyRefreshMs: 30_000,
    onConnectionError: () => {},
    onConnected: () => {},
  }),
  host: target.host,
  port: target.port,
});
const append = loadScript('append');
const RESTORE_PATH = '/webhook/cognigy/restore';
const DAY_MS = '86400000';
const MAX_BYTES = '1000000000';
const INCARNATION = '0123456789abcdef';
const NO_USER = '';
const NO_EVENT = '0';
const PLAIN_HEAD = '';
const NO_NOTE = '';
const FAR_US = '9000000000000000';
const DIGEST_BYTES = 32;
const UPDATE_ID_LENGTH = 22;
let updates = 0;

/** Runs the script by its digest, or whole where the server does not have it yet. */
async function runAppend(key: string, args: (string | Buffer)[]): Promise<unknown> {
  return redis.callBuffer('evalsha', [append.sha1, '1', key, ...args]).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return redis.callBuffer('eval', [append.lua, '1', key, ...args]);
  });
}

async function persist(sessionId: string, body: Buffer): Promise<number> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const frame = Buffer.concat([length, body, createHash('sha256').update(body).digest()]);
  const updateId = String(updates++).padStart(UPDATE_ID_LENGTH, '0');
  // Never too late, received now, without a lock, and for any etag.
  const time = `0 ${FAR_US} ${FAR_US} 0`;
  const update = [
    updateId,
    frame,
    'checkout',
    DAY_MS,
    MAX_BYTES,
    INCARNATION,
    '',
    '',
    NO_USER,
    NO_EVENT,
    PLAIN_HEAD,
    NO_NOTE,
  ];
  const reply = await runAppend(`floor:{${sessionId}}`, [time, ...update]);
  const [, , revision] = reply as [number, Buffer, number];
  return revision;
}

async function persistJson(body: Buffer): Promise<string> {
  const { sessionId } = JSON.parse(body.toString());
  const revision = await persist(sessionId, body);
  return JSON.stringify({ status: 'stored', sessionId, revision });
}

/** What the latest update set, if it is undamaged; exact where a session has one update. */
async function restoreJson(body: Buffer): Promise<string> {
  const { sessionId } = JSON.parse(body.toString());
  const fields = await redis.hgetallBuffer(`floor:{${sessionId}}`);
  const updateId = Object.keys(fields).find((name) => name.length === UPDATE_ID_LENGTH);
  const frame = fields[updateId ?? ''];
  // What is in front of it holds digits and its length, never a brace.
  const payload = frame?.subarray(frame.indexOf('{'), -DIGEST_BYTES);
  if (!frame || !payload) return '{"found":false}';
  const digest = createHash('sha256').update(payload).digest();
  if (!digest.equals(frame.subarray(-DIGEST_BYTES))) throw new Error(`${sessionId} is damaged`);
  return `{"found":true,"outcome":"intact","state":${payload}}`;
}

function collect(readable: Readable, onBody: (body: Buffer) => Promise<void>): void {
  const chunks: Buffer[] = [];
  readable.on('data', (chunk) => chunks.push(chunk));
  readable.on('end', () => onBody(Buffer.concat(chunks)));
}

function serveHttp1(): void {
  const server = createServer((request, response) =>
    collect(request, async (body) => {
      const answer = await (request.url === RESTORE_PATH ? restoreJson : persistJson)(body);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
      });
      response.end(answer);
    }),
  );
  server.listen(Number(port), '127.0.0.1');
}

function serveGrpc(): void {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream) =>
    collect(stream, async (body) => {
      const answer = await persistJson(body.subarray(5));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc+json' },
        { waitForTrailers: true },
      );
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(framed(Buffer.from(answer)));
    }),
  );
  server.listen(Number(port), '127.0.0.1');
}

async function persistMessage(request: PersistRequest): Promise<PersistResponse> {
  const { sessionId, variables, context } = request;
  const revision = await persist(sessionId, Buffer.from(JSON.stringify({ variables, context })));
  const status = PersistStatus.ACCEPTED;
  return create(PersistResponseSchema, { sessionId, revision, status });
}

function serveGrpcJs(): void {
  const method = {
    path: '/cognigy.session.v1.SessionService/Persist',
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: PersistRequest) =>
      Buffer.from(toBinary(PersistRequestSchema, request)),
    requestDeserialize: (bytes: Buffer) => fromBinary(PersistRequestSchema, bytes),
    responseSerialize: (response: PersistResponse) =>
      Buffer.from(toBinary(PersistResponseSchema, response)),
    responseDeserialize: (bytes: Buffer) => fromBinary(PersistResponseSchema, bytes),
  };
  const server = new Server();
  server.addService(
    { persist: method },
    {
      persist(
        { request }: ServerUnaryCall<PersistRequest, PersistResponse>,
        answer: sendUnaryData<PersistResponse>,
      ) {
        persistMessage(request).then((response) => answer(null, response), answer);
      },
    },
  );
  server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
  });
}

if (protocol === 'grpc') serveGrpc();
else if (protocol === 'grpc-js') serveGrpcJs();
else serveHttp1();
