// A collector of traces: receives OTLP over HTTP and decodes the protobuf that was posted, by the
// field numbers of opentelemetry/proto/trace/v1/trace.proto.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { waitFor } from './wait-for.ts';

export type ReceivedSpan = {
  traceId: string;
  spanId: string;
  /** Empty: it has no parent. */
  parentSpanId: string;
  traceState: string;
  name: string;
  /** 2: server, 3: client. */
  kind: number;
  attributes: Record<string, string | number | boolean>;
  /** 2: error. */
  status: number;
};

export type Collector = {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  spans: ReceivedSpan[];
  /** Attributes of the services that sent spans. */
  resources: Record<string, string | number | boolean>[];
  /** Headers and path of each request. */
  requests: { path: string; headers: IncomingHttpHeaders }[];
  /** All bytes that were received, as Latin-1. */
  received(): string;
  /** Waits for spans that match. */
  spansWith(matches: (span: ReceivedSpan) => boolean, atLeast?: number): Promise<ReceivedSpan[]>;
  /** From now on it answers nothing. */
  freeze(): void;
  /** From now on it refuses everything, for good. */
  refuse(): void;
  stop(): Promise<void>;
};

/** Starts a collector; at a port, or at one that the system chooses. */
export async function startCollector(port = 0): Promise<Collector> {
  let isFrozen = false;
  let isRefusing = false;
  const bodies: Buffer[] = [];
  const spans: ReceivedSpan[] = [];
  const resources: Collector['resources'] = [];
  const requests: Collector['requests'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ path: request.url ?? '', headers: request.headers });
    if (isFrozen) return;
    if (isRefusing) return void response.writeHead(400).end();
    bodies.push(body);
    for (const { resource, sent } of resourceSpansIn(body)) {
      resources.push(resource);
      spans.push(...sent);
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    ...{ spans, resources, requests },
    received: () => Buffer.concat(bodies).toString('latin1'),
    spansWith: (matches, atLeast = 1) =>
      waitFor(() => {
        const found = spans.filter(matches);
        if (found.length < atLeast)
          throw new Error(`${found.length} of ${spans.map(({ name }) => name)} match`);
        return found;
      }),
    freeze: () => {
      isFrozen = true;
    },
    refuse: () => {
      isRefusing = true;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Fields = Map<number, (Uint8Array | number)[]>;

function resourceSpansIn(body: Buffer) {
  return messagesIn(fieldsOf(body), 1).map((resourceSpans) => {
    const [resource = new Map()] = messagesIn(resourceSpans, 1);
    const sent = messagesIn(resourceSpans, 2).flatMap((scopeSpans) =>
      messagesIn(scopeSpans, 2).map(spanFrom),
    );
    return { resource: attributesIn(resource, 1), sent };
  });
}

function spanFrom(span: Fields): ReceivedSpan {
  const [status = new Map()] = messagesIn(span, 15);
  return {
    traceId: hexIn(span, 1),
    spanId: hexIn(span, 2),
    parentSpanId: hexIn(span, 4),
    traceState: textIn(span, 3),
    name: textIn(span, 5),
    kind: numberIn(span, 6),
    attributes: attributesIn(span, 9),
    status: numberIn(status, 3),
  };
}

function attributesIn(message: Fields, field: number): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    messagesIn(message, field).map((pair) => {
      const [value = new Map()] = messagesIn(pair, 2);
      return [textIn(pair, 1), value.has(1) ? textIn(value, 1) : numberIn(value, 3)];
    }),
  );
}

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const value =
      wireType === WireType.LengthDelimited
        ? reader.bytes()
        : wireType === WireType.Varint
          ? Number(reader.int64())
          : reader.skip(wireType);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

function messagesIn(message: Fields, field: number): Fields[] {
  return (message.get(field) ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
}

function textIn(message: Fields, field: number): string {
  return Buffer.from((message.get(field)?.[0] as Uint8Array) ?? []).toString();
}

function hexIn(message: Fields, field: number): string {
  return Buffer.from((message.get(field)?.[0] as Uint8Array) ?? []).toString('hex');
}

function numberIn(message: Fields, field: number): number {
  return Number(message.get(field)?.[0] ?? 0);
}
