import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeys, encodedId } from '../../../src/store/redis/session-key.ts';

// Characters that are encoded or look like an encoding, and halves of characters, far more often
// than chance.
const hostile = fc.constantFrom(...'{}*?[]\\:%uD8257BaA\u0000\u007f\u0085é語🙂\ud800\udc00');
const id = fc.oneof(fc.string({ unit: hostile }), fc.string({ unit: 'binary' }));

describe('an encoded id', () => {
  it('differs wherever the id does', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        fc.pre(one !== other);
        expect(Buffer.from(encodedId(one))).not.toEqual(Buffer.from(encodedId(other)));
      }),
      { numRuns: 5000 },
    );
  });

  it('differs where ids are one edit apart', () => {
    fc.assert(
      fc.property(id, hostile, fc.nat(), (one, inserted, place) => {
        const at = place % (one.length + 1);
        const other = one.slice(0, at) + inserted + one.slice(at);
        expect(Buffer.from(encodedId(one))).not.toEqual(Buffer.from(encodedId(other)));
      }),
      { numRuns: 5000 },
    );
  });

  it('holds no brace, glob character, colon or control character', () => {
    fc.assert(
      fc.property(id, (one) => {
        expect(encodedId(one)).not.toMatch(/[{}*?[\]\\:\p{Cc}\p{Cs}]/u);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['4711', '4711'],
    ['größer-語', 'größer-語'],
    ['{a}*', '%7Ba%7D%2A'],
    ['a:b%', 'a%3Ab%25'],
    ['\n\u0085', '%0A%C2%85'],
    ['\ud800', '%uD800'],
    ['🙂', '🙂'],
  ])('of %j is %s', (given, expected) => {
    expect(encodedId(given)).toBe(expected);
  });
});

describe('a key', () => {
  it('has the encoded id as its hash tag', () => {
    const keys = createKeys('cgs:');
    expect(keys.session('abc')).toBe('cgs:{abc}');
    expect(keys.user('abc')).toBe('cgs:user:{abc}');
    expect(keys.session('}{')).toBe('cgs:{%7D%7B}');
  });

  it.each(['{', 'a}b'])(
    'is not made with the prefix %s, which would replace the hash tag',
    (prefix) => {
      expect(() => createKeys(prefix)).toThrow(/key prefix/);
    },
  );

  it('is not made with a prefix that ends like the key of an index', () => {
    for (const prefix of ['user:', 'cgs:user:', 'cgs:user:user:']) {
      expect(() => createKeys(prefix)).toThrow(/must not end in user:/);
    }
  });

  it('of one prefix is no key of another, whatever the ids', () => {
    const part = fc.constantFrom('a', 'cgs:', 'user:', 'user', ':', 'aside:', ':aside:', '1', '-');
    const prefix = fc
      .array(part, { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join(''))
      .filter((text) => !text.endsWith('user:'));
    fc.assert(
      fc.property(prefix, prefix, id, id, (one, other, oneId, otherId) => {
        fc.pre(one !== other);
        const keysOf = (name: string, of: string) => {
          const keys = [createKeys(name).session(of), createKeys(name).user(of)];
          // Foreign values are renamed to these.
          return [...keys, ...keys.map((key) => `${key}:aside:1800000000000`)];
        };
        const others = new Set(keysOf(other, otherId));
        expect(keysOf(one, oneId).filter((key) => others.has(key))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });
});
