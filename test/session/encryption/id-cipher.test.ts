// Encrypted ids: the same each time, opened by their key alone, and showing nothing else.

import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdCiphers, isEncryptedId } from '../../../src/session/encryption/id-cipher.ts';
import { keyText } from '../../support/encryption-keys.ts';

const ciphersOf = (name: string) => createIdCiphers(createSecretKey(keyText(name), 'base64'));
const { session, user } = ciphersOf('one');

/** Any id, with bytes that look like padding among its last ones. */
const anyId = fc
  .tuple(
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.constantFrom('', '\u0000', '\u0000\u0000', '\u0080', '\u0080\u0000', '\u{10ffff}'),
  )
  .map((parts) => parts.join(''));

test('an id comes back from what is stored, which is the same each time', () => {
  fc.assert(
    fc.property(anyId, (id) => {
      const stored = session.stored(id);
      expect(stored).toBe(ciphersOf('one').session.stored(id));
      expect(session.opened(stored)).toBe(id);
      expect(isEncryptedId(stored)).toBe(true);
    }),
  );
});

test('different ids have different stored ones, whose length shows theirs in steps of 16', () => {
  fc.assert(
    fc.property(anyId, anyId, (one, two) => {
      expect(session.stored(one) === session.stored(two)).toBe(one === two);
      const blocks = Math.floor(Buffer.byteLength(one) / 16) + 1;
      expect(session.stored(one)).toHaveLength(1 + Math.ceil(((1 + blocks) * 16 * 8) / 6));
    }),
  );
});

test('no other key, no other kind, and no changed text opens it', () => {
  fc.assert(
    fc.property(anyId, fc.nat(), fc.integer({ min: 1, max: 63 }), (id, at, by) => {
      const stored = session.stored(id);
      expect(user.opened(stored)).toBeUndefined();
      expect(user.stored(id)).not.toBe(stored);
      expect(ciphersOf('two').session.opened(stored)).toBeUndefined();
      expect(session.opened(changed(stored, 1 + (at % (stored.length - 1)), by))).toBeUndefined();
      expect(session.opened(stored.slice(0, -1))).toBeUndefined();
      expect(session.opened(`${stored}A`)).toBeUndefined();
    }),
  );
  for (const foreign of ['', '~', 'an id', `~${'A'.repeat(43)}`, `~${'A'.repeat(44)}=`])
    expect(session.opened(foreign)).toBeUndefined();
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** With one character exchanged for another one of base64. */
function changed(text: string, at: number, by: number): string {
  const letter = LETTERS[(LETTERS.indexOf(text.charAt(at)) + by) % LETTERS.length];
  return text.slice(0, at) + letter + text.slice(at + 1);
}
