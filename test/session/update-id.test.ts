import { createSecretKey } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { createEraseId, createUpdateId, type UpdateIdentity } from '../../src/session/update-id.ts';
import { keyText } from '../support/encryption-keys.ts';

const identity: UpdateIdentity = {
  sessionId: 'session-1',
  updateId: '',
  inputId: '',
  sequence: 0n,
  timestamp: '1718445780',
  content: () => ({ variables: [{ key: 'a', json: '1' }] }),
};

const keyOf = (name: string) => createSecretKey(Buffer.from(keyText(name)));
const keysOf = (ofContents: string, ofIds = '') => ({
  ofContents: keyOf(ofContents),
  ofIds: ofIds === '' ? undefined : keyOf(ofIds),
});
const idOf = (change: Partial<UpdateIdentity>) => createUpdateId({ ...identity, ...change });

describe('createUpdateId()', () => {
  test('is 22 characters of URL-safe base64, whatever it is made from', () => {
    const ids = [idOf({}), idOf({ updateId: 'x'.repeat(512) }), idOf({ sequence: 1n })];
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  test('is another one each time where nothing identifies the update, from the first one on', async () => {
    vi.resetModules();
    const fresh = await import('../../src/session/update-id.ts');
    const ids = Array.from({ length: 600 }, () => fresh.createUpdateId(identity));
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('follows the caller’s own id alone, within one session', () => {
    expect(idOf({ updateId: 'u', content: () => 'other', timestamp: '1' })).toBe(
      idOf({ updateId: 'u' }),
    );
    expect(idOf({ updateId: 'u', sessionId: 'session-2' })).not.toBe(idOf({ updateId: 'u' }));
    expect(idOf({ updateId: 'v' })).not.toBe(idOf({ updateId: 'u' }));
  });

  test('is the same for a retry that names its input or sequence', () => {
    expect(idOf({ inputId: 'i' })).toBe(idOf({ inputId: 'i' }));
    expect(idOf({ sequence: 4n })).toBe(idOf({ sequence: 4n }));
  });

  test.each([
    ['another session', { sessionId: 'session-2' }],
    ['another timestamp', { timestamp: '1718445781' }],
    ['another sequence', { sequence: 5n }],
    ['another input', { inputId: 'j' }],
    ['other content', { content: () => ({ variables: [{ key: 'a', json: '2' }] }) }],
  ])('differs for %s', (_what, change) => {
    const named = { inputId: 'i', sequence: 4n };
    expect(idOf({ ...named, ...change })).not.toBe(idOf(named));
  });

  test('is keyed where it is made of the content, and then shows nothing of it without the key', () => {
    const named = { ...identity, inputId: 'i' };
    const one = keysOf('one');
    expect(createUpdateId(named, one)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(createUpdateId(named, one)).toBe(createUpdateId(named, one));
    const ids = [one, keysOf('two'), undefined].map((keys) => createUpdateId(named, keys));
    expect(new Set(ids).size).toBe(3);
    // It is not made of the content, so a retry is recognised when keys are introduced.
    const own = { ...identity, updateId: 'u' };
    expect(createUpdateId(own, one)).toBe(createUpdateId(own));
  });

  test('is keyed where it is made of ids, if ids are encrypted, and so is that of an erase', () => {
    for (const create of [createUpdateId, createEraseId]) {
      const own = { ...identity, updateId: 'u' };
      const ids = [keysOf('a', 'one'), keysOf('a', 'two'), keysOf('a')].map((keys) =>
        create(own, keys),
      );
      expect(new Set(ids).size).toBe(3);
      expect(create(own, keysOf('b', 'one'))).toBe(ids[0]);
    }
  });

  test('is random where nothing distinguishes a retry from a second event', () => {
    expect(idOf({})).not.toBe(idOf({}));
  });
});

describe('createEraseId()', () => {
  const named = { sessionId: 's', updateId: 'u-1' };

  test('gives the same id for the same erase, and no update has it', () => {
    const id = createEraseId(named);
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(createEraseId(named)).toBe(id);
    expect(createEraseId({ ...named, sessionId: 't' })).not.toBe(id);
    expect(
      createUpdateId({ ...named, inputId: '', sequence: 0n, timestamp: '', content: () => '' }),
    ).not.toBe(id);
  });

  test('gives another one each time where the caller named none', () => {
    const unnamed = { sessionId: 's', updateId: '' };
    expect(createEraseId(unnamed)).not.toBe(createEraseId(unnamed));
  });
});
