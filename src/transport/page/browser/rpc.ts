// Calls of the RPCs, on the origin that the page came from: Connect with JSON, by POST alone, so
// that no id is ever in a URL.

import { type Failure, failureFrom, unreachable } from './failure.ts';
import type { Calls, WatchEvent, WatchRequest } from './messages.ts';

const SERVICE = '/cognigy.session.v1.SessionService/';

/** In memory alone: gone with the page. */
let token = '';
let asking: Promise<string | undefined> | undefined;
let askForToken: ((refusal: string) => Promise<string | undefined>) | undefined;

/** Sets what is asked for a token when a call is refused for the lack of one, with the message of
 * that refusal; it answers undefined to give up. */
export function onTokenNeeded(ask: (refusal: string) => Promise<string | undefined>): void {
  askForToken = ask;
}

/** Uses this token from now on; an empty one is none. */
export function setToken(text: string): void {
  token = text.trim();
}

/** Whether calls present a token. */
export function hasToken(): boolean {
  return token !== '';
}

/** Calls a method. Rejects with a Failure. */
export async function call<Name extends keyof Calls>(
  method: Name,
  request: Calls[Name]['request'],
  signal?: AbortSignal,
): Promise<Calls[Name]['answer']> {
  const response = await post(method, 'application/json', JSON.stringify(request), signal);
  return jsonOf(response);
}

/** Watches a session, until the signal is aborted. Rejects with a Failure if the stream ends by
 * itself. */
export async function* watch(
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const body = envelope(JSON.stringify(request));
  const response = await post('Watch', 'application/connect+json', body, signal);
  if (!response.body) throw unreachable('The stream has no content.');
  for await (const { flags, text } of envelopesIn(response.body)) {
    const message = JSON.parse(text);
    if ((flags & END_OF_STREAM) === 0) yield message;
    else if (message.error) throw failureFrom(message.error);
  }
  throw unreachable('The stream has ended.');
}

/** Sends a request, again with a token if it is refused without one. */
async function post(
  method: string,
  contentType: string,
  body: string | Uint8Array<ArrayBuffer>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  for (;;) {
    const used = token;
    const response = await fetch(SERVICE + method, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'connect-protocol-version': '1',
        ...(used === '' ? {} : { authorization: `Bearer ${used}` }),
      },
      body,
      ...{ cache: 'no-store', credentials: 'same-origin', redirect: 'error' },
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw unreachable('The service does not answer.');
    });
    const refusal = await refusalIn(response);
    if (!refusal) return response;
    if (refusal.code !== 'unauthenticated' || !askForToken) throw refusal;
    // Another call may have asked meanwhile, or be asking.
    if (used !== token) continue;
    asking ??= askForToken(refusal.message).finally(() => {
      asking = undefined;
    });
    const entered = await asking;
    if (entered === undefined) throw refusal;
    setToken(entered);
  }
}

/** Why a call was refused. Of a stream that is the only envelope of the answer. */
async function refusalIn(response: Response): Promise<Failure | undefined> {
  if (!response.ok) return failureFrom(await jsonOf(response));
  const isRefusedStream =
    response.headers.get('content-type')?.startsWith('application/connect+') &&
    response.headers.has('content-length');
  if (!isRefusedStream || !response.body) return undefined;
  for await (const { text } of envelopesIn(response.body)) {
    const { error } = JSON.parse(text);
    if (error) return failureFrom(error);
  }
  return undefined;
}

async function jsonOf(response: Response) {
  try {
    return await response.json();
  } catch {
    throw unreachable(`The answer (${response.status}) is not one of the service.`);
  }
}

// The envelope of a stream: one byte of flags, the length of the message as four bytes, the message.

const HEAD_BYTES = 5;
const END_OF_STREAM = 0b10;

function envelope(text: string): Uint8Array<ArrayBuffer> {
  const message = new TextEncoder().encode(text);
  const bytes = new Uint8Array(HEAD_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, HEAD_BYTES);
  return bytes;
}

async function* envelopesIn(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<{ flags: number; text: string }> {
  let held = new Uint8Array();
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw unreachable('The connection was lost.');
      });
      if (done) return;
      held = concatenated(held, value);
      for (;;) {
        if (held.length < HEAD_BYTES) break;
        const end = HEAD_BYTES + new DataView(held.buffer, held.byteOffset).getUint32(1);
        if (held.length < end) break;
        const text = new TextDecoder().decode(held.subarray(HEAD_BYTES, end));
        yield { flags: held[0] ?? 0, text };
        held = held.slice(end);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function concatenated(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
