// The server under test. The suite starts it once for every kind of listener that it needs: it
// writes to standard input what the listener has to be, and reads from standard output where it is.
// Both are messages behind four bytes of length. It ends the server with SIGTERM.
//
//   node test/conformance/conformance-server.ts DESCRIPTOR
//
// What is tested is our own: the listener, and the handler of RPCs with other methods behind it.

import type { DescService } from '@bufbuild/protobuf';
import { create, type FileRegistry, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { createLog } from '../../src/telemetry/log.ts';
import { jsonTextDecoder } from '../../src/transport/rpc/json-text-decoder.ts';
import { createRpcHandler } from '../../src/transport/rpc/rpc-handler.ts';
import { serve } from '../../src/transport/server/serve.ts';
import { conformanceService, messageNamed, readDescriptor } from './conformance-descriptor.ts';
import { createConformanceMethods } from './conformance-methods.ts';

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
    routes: [conformanceRoutes(registry)],
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
      overloaded: handler.overloaded,
      onFailed: ({ route, error }) => process.stderr.write(`${route} failed: ${error}\n`),
    },
    handler.handle,
  );
  return {
    port: Number(server.address.split(':').at(-1)),
    shutdown: () => server.shutdown(),
  };
}

function conformanceRoutes(registry: FileRegistry) {
  const methods = createConformanceMethods(registry);
  return (router: ConnectRouter): void => {
    // JSON has no form for a google.protobuf.Any whose message is in no registry.
    const jsonOptions = { registry, textDecoder: jsonTextDecoder };
    router.service(conformanceService(registry), methods as unknown as ServiceImpl<DescService>, {
      jsonOptions,
    });
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
