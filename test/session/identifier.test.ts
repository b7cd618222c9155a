import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/session/errors.ts';
import { checkId, checkResolvedId } from '../../src/session/identifier.ts';

const field = { pointer: '/sessionId', required: true };

function refusalOf(id: string): string | undefined {
  try {
    checkResolvedId(id, field);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return undefined;
}

describe('checkResolvedId()', () => {
  test.each([
    '{{input.sessionId}}',
    'web-{{input.sessionId}}',
    '{{ci.sessionId}}-{{ci.userId}}',
    '{{input.sessionId',
    `${'$'}{sessionId}`,
    '{"$cs":{"script":"input.sessionId"}}',
    'undefined',
    ' undefined\n',
    'null',
    'NaN',
    '[object Object]',
    'web-[object Undefined]',
    ' ',
    '\t\r\n',
    '\u00a0\u2003\u3000',
    '\u200b\u200d\ufeff\u2060',
    '\u115f\u3164\u2800',
    '\u0000',
  ])('refuses %j, and does not repeat it', (id) => {
    expect(refusalOf(id)).toMatch(/^sessionId was not resolved: it (is|holds) /);
    if (id.length > 10) expect(refusalOf(id)).not.toContain(id);
    expect(() => checkId(id, field)).not.toThrow();
  });

  test.each([
    'session-1001',
    'sess_8f3a2b1c-4d5e-6f7a-8b9c-0d1e2f3a4b5c',
    'ada@example.com',
    '+49 30 1234567',
    'session-1.2e+12',
    '{"a":{"b":1}}',
    '{4711}',
    '[[4711]]',
    'none',
    'None',
    'Null',
    'NULL',
    'nullable',
    'undefined-1',
    '0',
    'false',
    'anonymous',
    ' padded ',
    'ключ',
    '👩‍👩‍👧',
    'a\u200bb',
  ])('takes %j', (id) => {
    expect(refusalOf(id)).toBeUndefined();
  });

  test('refuses whatever holds an unresolved placeholder, and whatever shows nothing', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, (before, expression, after) => {
        expect(refusalOf(`${before}{{${expression}}}${after}`)).toBeDefined();
      }),
    );
    const blank = fc.constantFrom(
      ' ',
      '\t',
      '\u00a0',
      '\u200b',
      '\ufeff',
      '\u2028',
      '\u0085',
      '\u00ad',
    );
    fc.assert(
      fc.property(fc.array(blank, { minLength: 1, maxLength: 20 }), (blanks) => {
        expect(refusalOf(blanks.join(''))).toContain('blank');
      }),
    );
  });
});
