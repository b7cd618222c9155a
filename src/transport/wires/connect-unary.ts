// Unary calls of Connect: by POST the body is the message; by GET, for methods without side
// effects, a parameter is. Answers are the message alone; errors are JSON with a status.

import type { OutgoingHttpHeaders } from 'node:http';
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect';
import { invalid } from '../../session/errors.ts';
import { isDecodableQuery } from '../percent-encoded.ts';
import { collectBody } from '../server/collect-body.ts';
import type { Exchange, RequestHead } from '../server/http-exchange.ts';
import { bodyTooLarge } from '../too-large.ts';
import { connectTimeoutMs } from './deadline.ts';
import { isGzip } from './inflate.ts';
import type { Metadata } from './method.ts';
import { unreadable } from './rpc-error.ts';
import type { Wire } from './wire.ts';

const VERSION = '1';
const CONTENT_TYPES = { json: 'application/json', binary: 'application/proto' } as const;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Connect by POST. */
export function connectPost(format: Wire['format']): Wire {
  return {
    ...answering(format),
    checkHead({ target, headers }) {
      checkQuery(target);
      checkVersion(
        headers['connect-protocol-version'],
        'the header connect-protocol-version',
        VERSION,
      );
    },
    // HTTP's names of codings are not case-sensitive.
    isCompressed: ({ headers }) =>
      isGzip(headers['content-encoding']?.toLowerCase(), 'accept-encoding'),
    read: readBody,
    messageIn(bytes, head) {
      return { bytes, isCompressed: this.isCompressed(head) };
    },
  };
}

/** Reads a body that is one message. Refuses (`too_large`) one above `maxBytes`. */
export function readBody(exchange: Exchange, maxBytes: number): Promise<Buffer> {
  const tooLong = () => bodyTooLarge(maxBytes);
  if (Number(exchange.head.headers['content-length']) > maxBytes) throw tooLong();
  return collectBody(exchange, { maxBytes, tooLong });
}

/** Connect by GET. */
export function connectGet(format: Wire['format']): Wire {
  return {
    ...answering(format),
    checkHead({ target }) {
      checkQuery(target);
      const parameters = parametersOf(target);
      checkVersion(parameters.get('connect') ?? undefined, 'the parameter connect', `v${VERSION}`);
    },
    isCompressed: ({ target }) =>
      isGzip(parametersOf(target).get('compression') ?? undefined, 'accept-encoding'),
    read({ head }, maxBytes) {
      const parameters = parametersOf(head.target);
      const message = parameters.get('message') ?? '';
      const bytes =
        parameters.get('base64') === '1' ? base64Decoded(message) : Buffer.from(message);
      if (bytes.length > maxBytes) throw bodyTooLarge(maxBytes);
      return bytes;
    },
    messageIn(bytes, head) {
      return { bytes, isCompressed: this.isCompressed(head) };
    },
  };
}

/** The parameters of a target; none if it has no query. */
export function parametersOf(target: string): URLSearchParams {
  const start = target.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : target.slice(start + 1));
}

function answering(
  format: Wire['format'],
): Pick<Wire, 'format' | 'timeoutMs' | 'answer' | 'refuse'> {
  const headers = { 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store' };
  return {
    format,
    timeoutMs: ({ headers }) => connectTimeoutMs(headers),
    answer: (body, metadata) => ({
      status: 200,
      headers: { ...headers, ...headersOf(metadata) },
      body,
    }),
    refuse: (error, metadata) => ({
      status: codeToHttpStatus(error.code),
      headers: {
        ...headers,
        'content-type': CONTENT_TYPES.json,
        ...headersOf(metadata),
        ...Object.fromEntries(error.metadata),
      },
      body: JSON.stringify(errorToJson(error, undefined)),
    }),
  };
}

/** Trailers are headers of another name. */
function headersOf({ headers, trailers }: Metadata): OutgoingHttpHeaders {
  const renamed = Object.entries(trailers).map(([name, value]) => [`trailer-${name}`, value]);
  return { ...headers, ...Object.fromEntries(renamed) };
}

/** Refuses (`invalid`) a query that URLSearchParams would not decode as it was meant. */
function checkQuery(target: string): void {
  const start = target.indexOf('?');
  if (start >= 0 && !isDecodableQuery(target.slice(start + 1)))
    throw invalid('', 'the query string is not percent-encoded UTF-8');
}

/** One that names no version is taken as it is: plain HTTP clients name none. */
function checkVersion(sent: RequestHead['headers'][string], what: string, version: string): void {
  if (sent !== undefined && sent !== version)
    throw invalid('', `${what} must be ${version}, the only version of the protocol`);
}

function base64Decoded(text: string): Buffer {
  if (!BASE64.test(text)) throw unreadable('its base64 is broken');
  return Buffer.from(text, 'base64');
}
