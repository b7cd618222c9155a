// Callers with names and rights, in the text of a secret.

import { describe, expect, test } from 'vitest';
import { configOf, read, SECRET } from './reading.ts';

const OTHER_SECRET = 'another-secret-of-sixteen-or-more';

const FLOW = { name: 'checkout-flow', secrets: [SECRET], scopes: ['save', 'restore'] };

function problemOf(callers: unknown): string {
  const text = typeof callers === 'string' ? callers : JSON.stringify(callers);
  const { problems = [] } = read({ COGNIGY_WEBHOOK_SECRET: text });
  return problems.join('\n');
}

describe('a JSON array of callers', () => {
  test('gives each secret its caller', () => {
    const support = {
      ...{ name: 'support', secrets: [OTHER_SECRET, `${OTHER_SECRET}-old`], scopes: ['inspect'] },
      ...{ idPrefix: 'shop-a:', callsPerSecond: 2.5 },
    };
    const text = JSON.stringify([FLOW, support], null, 2);
    const [flow, newer, older] = configOf({ COGNIGY_WEBHOOK_SECRET: text }).secrets.webhook();
    expect(flow).toEqual({
      secret: SECRET,
      caller: {
        ...{ name: 'checkout-flow', scopes: ['save', 'restore'] },
        ...{ idPrefix: '', callsPerSecond: undefined },
      },
    });
    expect([newer?.secret, older?.secret]).toEqual(support.secrets);
    expect(newer?.caller).toEqual({
      ...{ name: 'support', scopes: ['inspect'], idPrefix: 'shop-a:', callsPerSecond: 2.5 },
    });
    expect(older?.caller).toBe(newer?.caller);
  });

  test.each([
    ['no JSON', `[{"name":"a","secrets":["${SECRET}"]`, 'is no JSON'],
    ['no object', [FLOW, 7], 'caller 2 of 2 is not an object'],
    ['no name', [{ ...FLOW, name: 'A b' }], 'caller 1 of 1 needs a name'],
    ['no secrets', [{ ...FLOW, secrets: [] }], '(checkout-flow) needs secrets'],
    ['a short secret', [{ ...FLOW, secrets: ['short'] }], 'secret 1 of 1 has 5 characters'],
    ['an unknown scope', [{ ...FLOW, scopes: ['write'] }], 'needs scopes: an array of save'],
    ['no scopes', [{ ...FLOW, scopes: undefined }], 'needs scopes'],
    ['a misspelt member', [{ ...FLOW, prefix: 'a' }], 'has a member "prefix"'],
    ['a prefix that is no text', [{ ...FLOW, idPrefix: 7 }], 'idPrefix must be a text'],
    ['a secret for a member', [{ ...FLOW, [OTHER_SECRET]: 1 }], 'has a member that is not known'],
    ['a rate of nothing', [{ ...FLOW, callsPerSecond: 0 }], 'callsPerSecond must be a number'],
    ['a rate too low to say', [{ ...FLOW, callsPerSecond: 1e-320 }], 'a number from 0.001'],
    ['a rate that is a text', [{ ...FLOW, callsPerSecond: '5' }], 'must be a number'],
    ['a rate in a list', [{ ...FLOW, callsPerSecond: [5] }], 'must be a number'],
    ['one name twice', [FLOW, { ...FLOW, secrets: [OTHER_SECRET] }], 'two callers are named'],
    ['one secret twice', [FLOW, { ...FLOW, name: 'other' }], 'share a secret'],
  ])('%s is refused in words that show no secret', (_, callers, words) => {
    const problem = problemOf(callers);
    expect(problem).toContain(words);
    expect(problem).not.toContain(SECRET);
    expect(problem).not.toContain(OTHER_SECRET);
  });
});
