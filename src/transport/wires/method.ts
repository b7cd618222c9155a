// Methods with one message in and one out, as every wire calls them.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import {
  create,
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { Receipt } from '../../service/session-service.ts';
import type { Refusal } from '../../session/errors.ts';
import type { ByteAccount } from '../server/byte-budget.ts';
import { jsonValueFrom } from './json-text.ts';

/** What a method knows of a call besides its request. */
export type Call = {
  readonly headers: IncomingHttpHeaders;
  /** When the request had been read, and when its caller stops waiting. */
  readonly receipt: Receipt;
  /** Aborted when its caller stops waiting: the deadline has passed, or the caller has left. */
  readonly signal: AbortSignal;
  /** Memory for what is answered. */
  readonly account: Pick<ByteAccount, 'reserveAnswer'>;
  /** What the answer says besides its message, an error too. */
  readonly metadata: Metadata;
};

/** Headers and trailers that a method adds to its answer; names in lower case. `status`: of HTTP, on
 * wires where success is not always 200. */
export type Metadata = {
  headers: OutgoingHttpHeaders;
  trailers: OutgoingHttpHeaders;
  status?: number;
};

/** How requests are read and answers written, in both formats of protobuf. Reading refuses
 * (`invalid`, `too_large`), or throws the words of what is wrong. */
export type Codec<Request, Answer> = {
  readBinary(bytes: Uint8Array): Request;
  readJson(bytes: Uint8Array): Request;
  writeBinary(answer: Answer): Uint8Array;
  writeJson(answer: Answer): string | Buffer;
};

/** A method with the way from and to generated messages, for Connect's router. */
export type Method = {
  desc: DescMethodUnary;
  /** `/package.Service/Method` */
  path: string;
  codec: Codec<unknown, unknown>;
  handle(request: unknown, call: Call): unknown;
  /** Called with why a call is refused, and its request if that was read. */
  onRefused?: ((refusal: Refusal, request: unknown) => void) | undefined;
  fromMessage(message: unknown): unknown;
  toMessage(answer: unknown): unknown;
};

/** Nested messages that are read: enough that a value too deep for a session is refused as such,
 * by its path. */
const NESTED_MAX = 200;

/** A misspelt field is refused rather than lost. */
export const JSON_OPTIONS = { recursionLimit: NESTED_MAX, ignoreUnknownFields: false };

/** Kept, an unknown field would cost an object, and come to nothing. */
export const BINARY_OPTIONS = { recursionLimit: NESTED_MAX, readUnknownFields: false };

/** A method whose messages are read and written by generated code. */
export function generatedMethod<Desc extends DescMethodUnary>(
  desc: Desc,
  handle: (
    request: MessageShape<Desc['input']>,
    call: Call,
  ) => MessageInitShape<Desc['output']> | Promise<MessageInitShape<Desc['output']>>,
): Method {
  const { input, output } = desc;
  const message = (answer: MessageInitShape<Desc['output']>) => create(output, answer as never);
  return customMethod(desc, {
    codec: {
      readBinary: (bytes) => fromBinary(input, bytes, BINARY_OPTIONS),
      readJson: (bytes) => fromJson(input, jsonValueFrom(bytes), JSON_OPTIONS),
      writeBinary: (answer: MessageInitShape<Desc['output']>) => toBinary(output, message(answer)),
      writeJson: (answer) => JSON.stringify(toJson(output, message(answer))),
    },
    handle: handle as (request: unknown, call: Call) => MessageInitShape<Desc['output']>,
    fromMessage: (request) => request,
    toMessage: (answer) => answer,
  });
}

/** A method that reads and writes its messages in a way of its own. */
export function customMethod<Desc extends DescMethodUnary, Request, Answer>(
  desc: Desc,
  parts: {
    codec: Codec<Request, Answer>;
    handle(request: Request, call: Call): Answer | Promise<Answer>;
    onRefused?: (refusal: Refusal, request: Request | undefined) => void;
    fromMessage(message: MessageShape<Desc['input']>): Request;
    toMessage(answer: Answer): MessageInitShape<Desc['output']>;
  },
): Method {
  // Within a method its request and answer are its own codec's; that is all that types can say here.
  return { desc, path: `/${desc.parent.typeName}/${desc.name}`, ...parts } as unknown as Method;
}
