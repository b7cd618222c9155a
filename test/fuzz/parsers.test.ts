// What reads a caller's texts, with many more inputs than a process could be sent: whatever they
// are, it gives a value or refuses, and what it gives can be kept.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/session/errors.ts';

import { parseTimestamp } from '../../src/session/timestamp.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { checkCredential, WEBHOOK_CREDENTIAL } from '../../src/transport/credential.ts';
import { postedUpdateFrom } from '../../src/transport/webhook/posted-update.ts';
import { flagOf, parameterOf } from '../../src/transport/webhook/query-fields.ts';
import { parseBody } from '../../src/transport/webhook/read-body.ts';
import { revisionFrom } from '../../src/transport/webhook/revision.ts';
import { createRouteTable } from '../../src/transport/webhook/route-table.ts';
import { createRandom } from '../model/random.ts';
import { SECRET } from '../support/running-app.ts';
import { unnamedSecrets } from '../support/secrets.ts';
import { createSessionUpdate } from '../support/session-update.ts';
import { mutated } from './mutate.ts';
import { oddText, someTimestamp } from './odd-texts.ts';
import { persistBody } from './posted-body.ts';

const RECEIVED_MICROS = 1_718_445_780_123_456n;
const YEAR_10000_SECONDS = 253_402_300_800n;

/** The seed of one input; a property that fails names it. */
const seed = fc.nat({ max: 2 ** 31 - 1 });

/** What that gives, or the refusal. Whatever else is thrown fails the test. */
function valueOrRefusal<Value>(read: () => Value): Value | Refusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** All texts in a value, also those in the JSON of variables and context. */
function textsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return key === 'json' ? textsIn(JSON.parse(value)) : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsIn(member, name)]);
}

describe('a body', () => {
  const target = { secret: SECRET, rpcToken: undefined, nearIds: [], withAliases: true };

  function readUpdate(bytes: Buffer) {
    return createSessionUpdate(postedUpdateFrom(parseBody(bytes)), RECEIVED_MICROS);
  }

  test('becomes an update whose texts are all Unicode, or is refused', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(seed, fc.boolean(), (from, isMutated) => {
        const random = createRandom(from);
        const body = Buffer.from(persistBody(random, target), 'latin1');
        const update = valueOrRefusal(() => readUpdate(isMutated ? mutated(random, body) : body));
        if (update instanceof Refusal) {
          seen.refused += 1;
          return;
        }
        seen.taken += 1;
        expect(textsIn(update.delta).filter((text) => !text.isWellFormed())).toEqual([]);
        expect(update.updateId).not.toBe('');
      }),
      { numRuns: 20_000 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(2_000);
  });

  test('of any bytes is refused or read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(valueOrRefusal(() => readUpdate(Buffer.from(bytes)))).toBeDefined();
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a timestamp', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^\d{0,20}(\.\d{0,12})?$/),
    fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{0,12})?(Z|[+-]\d\d:?\d\d)?$/),
    seed.map((from) => {
      const random = createRandom(from);
      return mutated(random, Buffer.from(someTimestamp(random), 'latin1')).toString('latin1');
    }),
  );

  test('is an instant between 1970 and 9999, or none', () => {
    fc.assert(
      fc.property(text, (written) => {
        const instant = parseTimestamp(written);
        if (instant === undefined) return;
        expect(instant.seconds >= 0n && instant.seconds < YEAR_10000_SECONDS).toBe(true);
        expect(Number.isInteger(instant.nanos) && instant.nanos >= 0 && instant.nanos < 1e9).toBe(
          true,
        );
      }),
      { numRuns: 50_000 },
    );
  });
});

describe('a request', () => {
  const route = { answer: () => Promise.reject(new Error('it is only looked for')) };
  const find = createRouteTable([
    { method: 'POST', pattern: '/webhook/cognigy/session', ...route },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}', ...route },
    { method: 'DELETE', pattern: '/api/v1/users/{userId}', ...route },
  ]);
  const binary = fc.oneof(
    fc.string({ unit: 'binary' }),
    seed.map((from) => oddText(createRandom(from))),
  );
  const start = fc.constantFrom(
    '',
    '/',
    '/api/v1/state/',
    '/api/v1/users/',
    '/webhook/cognigy/session',
  );
  const target = fc
    .tuple(start, binary, fc.constantFrom('', '%', '?', '%zz', '/'))
    .map((parts) => parts.join(''));

  test('of any method and target has a route with a Unicode id, or a refusal', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', ''), target, (method, url) => {
        const found = valueOrRefusal(() => find(method, url));
        if (found instanceof Refusal || found.refusal) return;
        expect(found.id.isWellFormed()).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  test('with any query asks for something or is refused', () => {
    const name = fc.constantFrom('revision', 'raw', '__proto__', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, binary), { maxLength: 4 }), (parameters) => {
        const query = new URLSearchParams(parameters);
        const revision = valueOrRefusal(() => revisionFrom(parameterOf(query, 'revision')));
        expect(revision instanceof Refusal || (revision >= 0 && revision < 2 ** 32)).toBe(true);
        valueOrRefusal(() => flagOf(query, 'raw'));
      }),
      { numRuns: 10_000 },
    );
  });

  test('passes by no other credential than the secret', () => {
    const log = createLog({ level: 'error', write: () => {} });
    const accepted = unnamedSecrets(SECRET);
    const name = fc.constantFrom(
      'authorization',
      'x-api-key',
      'x-cognigy-webhook-token',
      'if-match',
    );
    const value = fc.oneof(
      binary,
      fc
        .tuple(fc.constantFrom('Bearer ', 'ApiKey ', 'bearer\t', ''), binary)
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        const passed = valueOrRefusal(() =>
          checkCredential(headers, WEBHOOK_CREDENTIAL, { accepted, log }),
        );
        expect(passed).toBeInstanceOf(Refusal);
      }),
      { numRuns: 20_000 },
    );
  });
});
