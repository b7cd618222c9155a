// Reads a request's body, which is one JSON object, within a limit.

import { invalid, Refusal } from '../../session/errors.ts';
import { parseJson } from '../../session/json/parse.ts';
import { repeatedNames } from '../../session/json/repeated-names.ts';
import { checkJsonValues } from '../../session/json/value-count.ts';
import { bodyTooLarge } from '../body-too-large.ts';
import type { Exchange, HttpRequest } from '../server/http-exchange.ts';

/** A body, on any wire. */
export type Body = {
  /** Its members, by the names under which they were sent. */
  values: Readonly<Record<string, unknown>>;
  /** Names that it has more than once. */
  repeated: ReadonlySet<string>;
};

/** The body of a request that has none. */
export const NO_BODY: Body = { values: {}, repeated: new Set() };

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The body of a request. Refuses (`too_large`, `invalid`) anything but one JSON object in UTF-8. */
export async function readBody(
  request: HttpRequest,
  exchange: Exchange,
  bodyMaxBytes: number,
): Promise<Body> {
  const encoding = request.headers['content-encoding'];
  if (encoding && encoding.toLowerCase() !== 'identity')
    throw new Refusal(
      'unsupported_media_type',
      `the body is encoded (${encoding}): send it as it is`,
    );
  if (Number(request.headers['content-length']) > bodyMaxBytes) throw bodyTooLarge(bodyMaxBytes);
  return parseBody(await collect(request, exchange, bodyMaxBytes));
}

/** What comes after the limit is still read, and dropped: a client hears the refusal only once it
 * has sent. */
function collect(request: HttpRequest, exchange: Exchange, bodyMaxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isRefused = false;
  return new Promise((resolve, reject) => {
    const fail = (refusal: Refusal) => {
      isRefused = true;
      // The request may be there for long, and with it whatever listens to it.
      chunks.length = 0;
      reject(refusal);
    };
    exchange.refuseBody = fail;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyMaxBytes) fail(bodyTooLarge(bodyMaxBytes));
      else if (!isRefused) chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', (cause) =>
      fail(new Refusal('invalid', 'the body ended early', { cause })),
    );
    request.once('close', () => {
      if (!request.readableEnded) fail(invalid('', 'the body ended early'));
    });
  });
}

/** A body as it came. Refuses (`invalid`) anything but one JSON object in UTF-8, and
 * (`too_large`) one with too many values. */
export function parseBody(bytes: Uint8Array): Body {
  if (bytes.length === 0) throw invalid('', 'the body is empty: send a JSON object');
  const text = decodeUtf8(bytes);
  checkJsonValues(text);
  const values = parsedFrom(text);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid('', `the body must be a JSON object, not ${kindOf(values)}`);
  }
  return { values: values as Record<string, unknown>, repeated: repeatedNames(text) };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new Refusal('invalid', 'the body is not UTF-8', { cause });
  }
}

function parsedFrom(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the body, which may hold a session's content.
    throw invalid(
      '',
      'the body is not JSON: check quotes, commas, and that every placeholder was replaced',
    );
  }
}

/** What a JSON value is, in words: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
