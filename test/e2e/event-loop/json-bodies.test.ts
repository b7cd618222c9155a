// Bodies in JSON, as large as they may be, each of the worst of its kind: none holds the event loop
// for long.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BODY_MAX_BYTES,
  HELD_MAX_MS,
  startWatchedApp,
  type WatchedApp,
} from '../../support/held-loop.ts';

let watched: WatchedApp;
beforeAll(async () => {
  watched = await startWatchedApp();
});
afterAll(() => watched.stop());

/** Text with as many units between head and tail as a body may have. */
function filled(head: string, unit: (index: number) => string, tail: string): string {
  const units: string[] = [];
  let length = head.length + tail.length;
  for (let index = 0; ; index++) {
    const next = unit(index);
    length += Buffer.byteLength(next) + 1;
    if (length > BODY_MAX_BYTES) return head + units.join(',') + tail;
    units.push(next);
  }
}

const name = (index: number) => index.toString(36);
const DEEP = '['.repeat(28) + ']'.repeat(28);
/** Names of which one table of the engine would have to move each. */
const arrayIndex = (index: number) => String((index * 7919) % 1_000_003);

/** JSON bodies, with what the webhook answers. */
const JSON_BODIES: Record<string, { text: string; status: number }> = {
  'many variables': {
    text: filled('{"sessionId":"s","variables":{', (i) => `"${name(i)}":1`, '}}'),
    status: 413,
  },
  'many keys of one prefix': {
    text: filled('{"sessionId":"s","context":{', (i) => `"${'k'.repeat(40)}${name(i)}":1`, '}}'),
    status: 413,
  },
  'keys that are numbers': {
    text: filled('{"sessionId":"s","variables":{', (i) => `"${arrayIndex(i)}":1`, '}}'),
    status: 413,
  },
  'one key, again and again': {
    text: filled('{"sessionId":"s","variables":{', () => '"a":1', '}}'),
    status: 413,
  },
  'many steps': {
    text: filled('{"sessionId":"s","history":[', (i) => `{"nodeId":"${name(i)}"}`, ']}'),
    status: 413,
  },
  'many steps with a time': {
    text: filled(
      '{"sessionId":"s","history":[',
      (i) => `{"nodeId":"${name(i)}","timestamp":"2024-06-15T10:00:00.${i % 1000}Z"}`,
      ']}',
    ),
    status: 413,
  },
  'many wrong steps': {
    text: filled('{"sessionId":"s","history":[', () => '{}', ']}'),
    status: 413,
  },
  'many removals': {
    text: filled('{"sessionId":"s","removedVariables":[', (i) => `"${name(i)}"`, ']}'),
    status: 413,
  },
  'many small numbers': {
    text: filled('{"sessionId":"s","variables":{"a":[', () => '1', ']}}'),
    status: 413,
  },
  'many empty objects': {
    text: filled('{"sessionId":"s","variables":{"a":[', () => '{}', ']}}'),
    status: 413,
  },
  'deep and wide': {
    text: filled('{"sessionId":"s","variables":{"a":[', () => DEEP, ']}}'),
    status: 413,
  },
  'an object of many': {
    text: filled('{"sessionId":"s","variables":{"a":{', (i) => `"${name(i)}":{}`, '}}}'),
    status: 413,
  },
  'unknown fields': {
    text: filled('{"sessionId":"s",', (i) => `"${name(i)}":1`, '}'),
    status: 413,
  },
  'endless depth': {
    text: `{"sessionId":"s","variables":{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}}`,
    status: 413,
  },
  'a long text': {
    text: `{"sessionId":"s","variables":{"a":"${'x'.repeat(1_000_000)}"}}`,
    status: 413,
  },
  'a text of escapes': {
    text: `{"sessionId":"s","variables":{"a":"${'\\u0001'.repeat(170_000)}"}}`,
    status: 413,
  },
  'a text of quotes': {
    text: `{"sessionId":"s","variables":{"a":"${'\\"'.repeat(500_000)}"}}`,
    status: 413,
  },
  'long numbers': {
    text: filled('{"sessionId":"s","variables":{"a":[', (i) => `${(i + 0.1) / 3}e-10`, ']}}'),
    status: 413,
  },
  'a long step': {
    text: filled(
      '{"sessionId":"s","history":[',
      () => `{"nodeId":"${'n'.repeat(512)}","timestamp":"0"}`,
      ']}',
    ),
    status: 413,
  },
  'as many variables as are allowed': {
    text: JSON.stringify({
      sessionId: 'v',
      variables: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [name(i), 1])),
    }),
    status: 200,
  },
  'as many values as are allowed': {
    text: `{"sessionId":"w","variables":{"a":[${Array.from({ length: 1700 }, () => DEEP).join()}]}}`,
    status: 200,
  },
  'as many steps as are allowed': {
    text: JSON.stringify({
      sessionId: 'h',
      history: Array.from({ length: 1000 }, (_, i) => ({
        nodeId: name(i),
        timestamp: `${1e9 + i}`,
      })),
    }),
    status: 200,
  },
};

describe.each(Object.entries(JSON_BODIES))('%s', (_name, { text, status }) => {
  test('over the webhook', async () => {
    const answer = await watched.heldBy('webhook', '/webhook/cognigy/session', Buffer.from(text));
    expect(answer.status).toBe(status);
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });

  test('over Connect JSON', async () => {
    const answer = await watched.heldBy('connect-json', 'Persist', Buffer.from(text));
    // Unknown fields are refused as such, and 429 is what Connect answers for `resource_exhausted`.
    expect(answer.status).toBe(status === 413 ? 429 : status);
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });
});

test('text within text is counted as well', async () => {
  const variables = filled('{', (i) => `"${name(i)}":[]`, '}').slice(0, 700_000);
  const body = JSON.stringify({
    sessionId: 's',
    variables: `${variables.slice(0, variables.lastIndexOf(','))}}`,
  });
  const answer = await watched.heldBy('webhook', '/webhook/cognigy/session', Buffer.from(body));
  expect(answer.status).toBe(413);
  expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
});
