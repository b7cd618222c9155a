import { describe, expect, test } from 'vitest';
import { bodyBytes, type WholeBody } from '../../../src/transport/server/http-exchange.ts';
import { envelope, HEAD_BYTES } from '../../../src/transport/wires/envelope.ts';
import { fetchHttp2, openHttp2, startListener } from './listener.ts';

const TEXT = '"é € 😀 \u0000 \\u00e9"';
const LARGE = JSON.stringify('ä€'.repeat(100_000));

const BODIES: [string, WholeBody, string][] = [
  ['a text', TEXT, TEXT],
  ['bytes', Buffer.from(TEXT), TEXT],
  ['a large text', LARGE, LARGE],
  ['many bytes', Buffer.from(LARGE), LARGE],
  ['no bytes', Buffer.from(''), ''],
];

describe.each(BODIES)('%s', (_, body, expected) => {
  test('arrives as it was written, over HTTP/1.1 and HTTP/2', async () => {
    const { baseUrl } = await startListener((_request, _response, exchange) =>
      exchange.respond({ status: 200, headers: {}, body }),
    );
    const answer = await fetch(baseUrl);
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(expected)));
    expect(await answer.text()).toBe(expected);
    expect(await fetchHttp2(openHttp2(baseUrl))).toEqual({ status: 200, body: expected });
  });

  test('arrives with trailers, in chunks', async () => {
    const trailers = () => ({ outcome: 'done' });
    const { baseUrl } = await startListener((_request, _response, exchange) =>
      exchange.respond({ status: 200, headers: { trailer: 'outcome' }, body, trailers }),
    );
    expect(await (await fetch(baseUrl)).text()).toBe(expected);
  });

  test('is enclosed as it is', () => {
    const bytes = envelope(body);
    expect(bytes.toString('utf8', HEAD_BYTES)).toBe(expected);
    expect(bytes.readUInt32BE(1)).toBe(bodyBytes(body));
    expect(bytes.length).toBe(HEAD_BYTES + Buffer.byteLength(expected));
  });
});
