// The server under test. The suite starts it once for every kind of listener that it needs: it
// writes to standard input what the listener has to be, and reads from standard output where it is.
// Both are messages behind four bytes of length. It ends the server with SIGTERM.
//
//   node test/conformance/conformance-server.ts DESCRIPTOR
//
// What is tested is our own: the listener, and the handler of RPCs with other methods behind it.

import type { IncomingHttpHeaders } from 'node:http';
import {
  create,
  type DescMethodUnary,
  type DescService,
  type FileRegistry,
  fromBinary,
  fromJson,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { createLog } from '../../src/telemetry/log.ts';
import { createRpcHandler } from '../../src/transport/rpc/rpc-handler.ts';
import { serve } from '../../src/transport/server/serve.ts';
import { jsonValueFrom } from '../../src/transport/wires/json-text.ts';
import { customMethod, type Method } from '../../src/transport/wires/method.ts';
import type { ReceivedCall } from '../../src/transport/wires/received-call.ts';
import { conformanceService, messageNamed, readDescriptor } from './conformance-descriptor.ts';
import { type Answer, type Call, createConformanceMethods } from './conformance-methods.ts';

/** What the suite asks for. */
type ServerRequest = Message & {
  useTls: boolean;
  clientTlsCert: Uint8Array;
  messageReceiveLimit: number;
  serverCreds?: { cert: Uint8Array; key: Uint8Array };
};

const MESSAGE_MAX_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;

const registry = readDescriptor(process.argv[2] ?? '');
const requested = fromBinary(
  messageNamed(registry, 'ServerCompatRequest'),
  await readMessage(),
) as ServerRequest;
const served = await startServer(registry, requested);
writeMessage(served.port, requested);
process.once('SIGTERM', () => served.shutdown());

async function startServer(
  registry: FileRegistry,
  { useTls, serverCreds, clientTlsCert, messageReceiveLimit }: ServerRequest,
) {
  // Methods throw whatever error the suite asks for, so what the handler logs says nothing.
  const log = createLog({ level: 'error', write: () => {} });
  const handler = createRpcHandler({
    methods: unaryMethods(registry),
    streams: [conformanceRoutes(registry)],
    gate: () => {},
    receive: () => ({ wallMicros: 0n, monotonicMs: performance.now() }),
    bodyMaxBytes: messageReceiveLimit || MESSAGE_MAX_BYTES,
    answerMaxBytes: 4 * MESSAGE_MAX_BYTES,
    log,
    onRefused: () => {},
  });
  const tls = {
    cert: Buffer.from(serverCreds?.cert ?? []).toString(),
    key: Buffer.from(serverCreds?.key ?? []).toString(),
    ...(clientTlsCert.length > 0 && { ca: Buffer.from(clientTlsCert).toString() }),
  };
  const server = await serve(
    {
      name: 'rpc',
      listen: { host: '127.0.0.1', port: 0 },
      protocols: 'http1+http2',
      ...(useTls && { tls: { current: () => tls } }),
      servesOverload: true,
      onFailed: ({ route, error }) => process.stderr.write(`${route} failed: ${error}\n`),
    },
    handler,
  );
  return {
    port: Number(server.address.split(':').at(-1)),
    shutdown: () => server.shutdown(),
  };
}

/** The methods without streams, which the engine serves. */
function unaryMethods(registry: FileRegistry): Method[] {
  const { unary, idempotentUnary } = createConformanceMethods(registry);
  const { method } = conformanceService(registry);
  return [
    unaryMethod(registry, { desc: method.unary as DescMethodUnary, answer: unary }),
    unaryMethod(registry, {
      desc: method.idempotentUnary as DescMethodUnary,
      answer: idempotentUnary,
    }),
  ];
}

function unaryMethod(
  registry: FileRegistry,
  {
    desc,
    answer,
  }: { desc: DescMethodUnary; answer: (request: never, call: Call) => Promise<Answer> },
): Method {
  // JSON has no form for a google.protobuf.Any whose message is in no registry.
  const options = { registry };
  const { input, output } = desc;
  return customMethod(desc, {
    codec: {
      readBinary: (bytes) => fromBinary(input, bytes),
      readJson: (bytes) => fromJson(input, jsonValueFrom(bytes), options),
      writeBinary: (message: Message) => toBinary(output, message),
      writeJson: (message) => JSON.stringify(toJson(output, message, options)),
    },
    fromMessage: (message) => message,
    toMessage: (message) => message,
    async handle(request, call) {
      const responseHeader = new Headers();
      const responseTrailer = new Headers();
      const { exchange, timeoutMs } = call as ReceivedCall;
      const { head } = exchange;
      try {
        const init = await answer(request as never, {
          requestHeader: new Headers(plainHeaders(head.headers)),
          ...{ responseHeader, responseTrailer, requestMethod: head.method },
          timeoutMs: () => timeoutMs,
          url: `http://localhost${head.target}`,
        });
        return create(output, init as never);
      } finally {
        call.metadata.headers = Object.fromEntries(responseHeader);
        call.metadata.trailers = Object.fromEntries(responseTrailer);
      }
    },
  });
}

/** Without those of HTTP/2 itself. */
function plainHeaders(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .map(([name, value]) => [name, String(value)]);
}

/** All methods: the streams are served by the router alone, and it answers for the missing one. */
function conformanceRoutes(registry: FileRegistry) {
  const methods = createConformanceMethods(registry) as unknown as ServiceImpl<DescService>;
  return (router: ConnectRouter): void => {
    router.service(conformanceService(registry), methods, { jsonOptions: { registry } });
  };
}

async function readMessage(): Promise<Uint8Array> {
  let received = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    received = Buffer.concat([received, chunk]);
    if (received.length < LENGTH_BYTES) continue;
    const end = LENGTH_BYTES + received.readUInt32BE(0);
    if (received.length >= end) return received.subarray(LENGTH_BYTES, end);
  }
  throw new Error('the suite closed standard input before it had sent its request');
}

function writeMessage(port: number, { serverCreds, useTls }: ServerRequest): void {
  const schema = messageNamed(registry, 'ServerCompatResponse');
  const pemCert = (useTls && serverCreds?.cert) || new Uint8Array();
  const bytes = toBinary(schema, create(schema, { host: '127.0.0.1', port, pemCert }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  process.stdout.write(Buffer.concat([length, bytes]));
}
