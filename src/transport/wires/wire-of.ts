// Which wire a call came by, as its head says. What is not here is left to Connect's router, which
// also has the words for what nobody serves.

import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { RequestHead } from '../server/http-exchange.ts';
import { connectGet, connectPost, parametersOf } from './connect-unary.ts';
import type { Find, WiredMethod } from './engine.ts';
import { grpc } from './grpc.ts';
import { grpcWeb } from './grpc-web.ts';
import type { Method } from './method.ts';
import type { Wire } from './wire.ts';

/** By content type. */
const POSTED: ReadonlyMap<string, Wire> = new Map([
  ['application/json', connectPost('json')],
  ['application/proto', connectPost('binary')],
  ['application/grpc-web', grpcWeb('binary')],
  ['application/grpc-web+proto', grpcWeb('binary')],
  ['application/grpc-web+json', grpcWeb('json')],
  ['application/grpc', grpc('binary')],
  ['application/grpc+proto', grpc('binary')],
  ['application/grpc+json', grpc('json')],
]);

/** What JSON may be followed by. */
const UTF8_PARAMETER = /; ?charset=utf-?8$/i;

/** By the parameter `encoding`. */
const GOT: ReadonlyMap<string | null, Wire> = new Map([
  ['json', connectGet('json')],
  ['proto', connectGet('binary')],
]);

/** A lookup over these methods: by path, and by which wire the call came. */
export function createMethodTable(methods: readonly Method[]): Find {
  const wires = [...POSTED.values(), ...GOT.values()];
  const byPath = new Map(
    methods.map((method) => {
      const wired = new Map(wires.map((wire) => [wire, wiredMethod(method, wire)]));
      return [method.path, { method, wired }];
    }),
  );
  return (head) => {
    const queryAt = head.target.indexOf('?');
    const found = byPath.get(queryAt < 0 ? head.target : head.target.slice(0, queryAt));
    const wire = found && wireOf(head, found.method);
    return wire && found.wired.get(wire);
  };
}

function wiredMethod(
  { path: route, desc, codec, handle, onRefused }: Method,
  wire: Wire,
): WiredMethod {
  const isJson = wire.format === 'json';
  const read = isJson ? codec.readJson : codec.readBinary;
  const write = isJson ? codec.writeJson : codec.writeBinary;
  return { route, serviceName: desc.parent.typeName, wire, read, handle, write, onRefused };
}

/** The wire of a call; undefined if it is none of ours. */
function wireOf(
  { method: verb, target, headers }: RequestHead,
  { desc }: Pick<Method, 'desc'>,
): Wire | undefined {
  if (verb === 'POST') {
    const contentType = headers['content-type'] ?? '';
    return POSTED.get(contentType) ?? POSTED.get(plainType(contentType));
  }
  const isGet = verb === 'GET' && headers['content-type'] === undefined;
  if (!isGet || desc.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS)
    return undefined;
  return GOT.get(parametersOf(target).get('encoding'));
}

/** A content type in lower case; of JSON, without the charset that it has anyway. */
function plainType(contentType: string): string {
  const plain = contentType.toLowerCase();
  const withoutCharset = plain.replace(UTF8_PARAMETER, '');
  return withoutCharset.endsWith('json') ? withoutCharset : plain;
}
