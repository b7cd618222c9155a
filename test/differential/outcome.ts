// An answer in the form in which two of them are compared: what a caller reads from it.

import { type DescMethod, fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Code } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { WireAnswer } from './wire-call.ts';

/** What a caller reads from an answer. */
export type Outcome = {
  status: number;
  contentType: string;
  /** A code of Connect, or `ok`; empty if the answer names none. */
  code: string;
  /** The message of a call that was answered; all of a stream. */
  answer?: JsonValue;
  /** Of an error. */
  message?: string;
  /** Types of the details of an error. */
  details?: readonly string[];
  /** The HTTP methods of a call that came by another. */
  allow?: string;
  /** How the answer is compressed. */
  encoding?: string;
  /** Compressions that the server knows, where it says so with an error. */
  acceptEncoding?: string;
  /** Bytes that do not belong to an answer of this form. */
  rest?: string;
};

const HEAD_BYTES = 5;
const TRAILER_FLAG = 0x80;

/** Reads the answer to a call of a method; of an unknown one as an error only. */
export function outcomeOf(answer: WireAnswer, method: DescMethod | undefined): Outcome {
  const { status, headers, body } = answer;
  const contentType = headers['content-type'] ?? '';
  const common = {
    status,
    // gRPC's messages are of protobuf unless they are said to be of something else.
    contentType: contentType.replace(/^(application\/grpc(-web)?)\+proto$/, '$1'),
    ...headerNamed(headers, 'allow', 'allow'),
    ...headerNamed(headers, 'content-encoding', 'encoding'),
    ...headerNamed(headers, 'grpc-encoding', 'encoding'),
  };
  if (/^application\/grpc-web/i.test(contentType)) return { ...common, ...grpcWeb(answer, method) };
  if (/^application\/grpc/i.test(contentType)) {
    const { messages, rest } = envelopesIn(body);
    const trailers = new Map(Object.entries(headers).map(([name, value]) => [name, `${value}`]));
    return { ...common, ...grpc(trailers, { messages, rest, method, contentType }) };
  }
  if (status === 200 && /^application\/(json|proto)/.test(contentType)) {
    return { ...common, code: 'ok', answer: messageIn(body, method, contentType) };
  }
  return {
    ...common,
    ...headerNamed(headers, 'accept-encoding', 'acceptEncoding'),
    ...connectError(body),
  };
}

function headerNamed<Key extends string>(headers: WireAnswer['headers'], name: string, key: Key) {
  const value = headers[name];
  return (value === undefined ? {} : { [key]: `${value}` }) as { [K in Key]?: string };
}

type Framed = {
  messages: readonly Buffer[];
  rest: string;
  method: DescMethod | undefined;
  contentType: string;
};

function grpcWeb({ headers, body }: WireAnswer, method: DescMethod | undefined) {
  const contentType = headers['content-type'] ?? '';
  const { messages, trailers, rest } = envelopesIn(body);
  const fields = new Map(
    Object.entries(headers).map(([name, value]): [string, string] => [name, `${value}`]),
  );
  for (const line of trailers.toString('latin1').split('\r\n')) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s, 2);
    if (name !== '') fields.set(name.toLowerCase(), value);
  }
  return grpc(fields, { messages, rest, method, contentType });
}

function grpc(
  fields: ReadonlyMap<string, string>,
  framed: Framed,
): Partial<Outcome> & { code: string } {
  const { messages, rest, method, contentType } = framed;
  const status = fields.get('grpc-status');
  const unread = rest === '' ? {} : { rest };
  if (status === undefined) return { code: '', ...unread };
  if (status === '0') {
    const answers = messages.map((bytes) => messageIn(bytes, method, contentType));
    return { code: 'ok', ...unread, answer: answers.length === 1 ? (answers[0] ?? null) : answers };
  }
  const details = fields.get('grpc-status-details-bin');
  const acceptEncoding = fields.get('grpc-accept-encoding');
  return {
    code: codeToString(Number(status) as Code),
    message: decodeURIComponent(fields.get('grpc-message') ?? ''),
    details: details === undefined ? [] : typesInStatus(Buffer.from(details, 'base64')),
    ...(acceptEncoding !== undefined && { acceptEncoding }),
    ...unread,
  };
}

function connectError(body: Buffer): Partial<Outcome> & { code: string } {
  let error: { code?: string; message?: string; details?: { type: string }[] };
  try {
    error = JSON.parse(body.toString());
  } catch {
    return { code: '', ...(body.length > 0 && { rest: body.toString('latin1') }) };
  }
  return {
    code: error.code ?? '',
    message: error.message ?? '',
    details: (error.details ?? []).map(({ type }) => type),
  };
}

/** Numbers that JSON writes as texts, and defaults, are alike in both. */
function messageIn(bytes: Buffer, method: DescMethod | undefined, contentType: string): JsonValue {
  if (/json/i.test(contentType)) return JSON.parse(bytes.toString());
  if (method === undefined) return bytes.toString('hex');
  return toJson(method.output, fromBinary(method.output, bytes));
}

function envelopesIn(body: Buffer): { messages: Buffer[]; trailers: Buffer; rest: string } {
  const messages: Buffer[] = [];
  let trailers: Buffer = Buffer.alloc(0);
  let at = 0;
  while (body.length - at >= HEAD_BYTES) {
    const end = at + HEAD_BYTES + body.readUInt32BE(at + 1);
    if (end > body.length) break;
    const content = body.subarray(at + HEAD_BYTES, end);
    if (body[at] === TRAILER_FLAG) trailers = content;
    else messages.push(content);
    at = end;
  }
  return { messages, trailers, rest: body.toString('hex', at) };
}

/** Types of the details (field 3, each an Any) of a google.rpc.Status. */
function typesInStatus(bytes: Uint8Array): string[] {
  return fieldsOf(bytes, 3).map((detail) => {
    const url = Buffer.from(fieldsOf(detail, 1)[0] ?? []).toString();
    return url.slice(url.lastIndexOf('/') + 1);
  });
}

function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}
