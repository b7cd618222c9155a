import { describe, expect, test } from 'vitest';
import { keyRingText, keyText } from '../support/encryption-keys.ts';
import { configOf, read } from './reading.ts';

const RING = JSON.parse(keyRingText('2026-11', ['2026-10', '2026-11']));
const KEY = keyText('2026-11');

describe('ENCRYPTION_KEYS', () => {
  test('names the key that encrypts, and those that only open', () => {
    const ring = configOf({ ENCRYPTION_KEYS: JSON.stringify(RING) }).encryptionKeys?.();
    expect(ring?.current?.id).toBe('2026-11');
    expect(ring?.current?.key.export().toString('base64')).toBe(KEY);
    expect([...(ring?.keys.keys() ?? [])]).toEqual(['2026-10', '2026-11']);
    expect(ring?.updateIdKey.export().toString('base64')).toBe(keyText('update ids'));
  });

  test('may name none that encrypts', () => {
    const config = configOf({ ENCRYPTION_KEYS: keyRingText('', ['one']) });
    expect(config.encryptionKeys?.()).toMatchObject({ current: undefined });
  });

  test('cannot change the keys that name what is stored while the service runs', () => {
    const variable = 'ENCRYPTION_KEYS_FILE';
    const withIds = keyRingText('one', ['one'], { idKey: 'ids' });
    const taken = (before: string, after: string) => {
      const [file] = configOf({ [variable]: '/ring' }, { '/ring': before }).followedFiles;
      return () => file?.take([after]);
    };
    expect(taken(withIds, keyRingText('two', ['one', 'two'], { idKey: 'ids' }))()).toBe('changed');
    const isReplaced = `${variable} is replaced only by a restart; idKey is another one`;
    expect(taken(withIds, withIds.replace(keyText('ids'), keyText('other')))).toThrow(isReplaced);
    expect(taken(withIds, keyRingText('one'))).toThrow(isReplaced);
    expect(taken(keyRingText('one'), withIds)).toThrow(isReplaced);
    const other = withIds.replace(keyText('update ids'), keyText('other'));
    expect(taken(withIds, other)).toThrow(/; updateIdKey is another one: retries/);
  });

  test('is not needed', () => {
    expect(configOf({}).encryptionKeys).toBeUndefined();
  });

  test('may be a file, which is followed', () => {
    const config = configOf(
      { ENCRYPTION_KEYS_FILE: '/keys/ring.json' },
      { '/keys/ring.json': keyRingText('one') },
    );
    expect(config.encryptionKeys?.().current?.id).toBe('one');
    expect(config.followedFiles.flatMap(({ files }) => files)).toEqual([
      { variable: 'ENCRYPTION_KEYS_FILE', path: '/keys/ring.json' },
    ]);
  });

  test.each([
    ['{', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    [changed({ keyz: {} }), 'it has other members than current, keys, updateIdKey, idKey'],
    [`${JSON.stringify(RING).slice(0, -1)},"current":"2026-10"}`, 'it has a name twice'],
    [keyRingText('one').replace('{"one"', `{"one":"${KEY}","one"`), 'it has a name twice'],
    [changed({ keys: undefined }), 'keys must be an object with at least one key'],
    [changed({ keys: {} }), 'keys must be an object with at least one key'],
    [
      changed({ keys: { 'an id': KEY } }),
      'an id in keys is not 1 to 32 letters, digits, dots, dashes, underscores',
    ],
    [changed({ keys: { a: KEY.slice(4) } }), 'key a is not 32 bytes in base64 (44 characters)'],
    [changed({ keys: { a: 7 } }), 'key a is not 32 bytes in base64 (44 characters)'],
    [
      changed({ keys: { a: Buffer.alloc(32).toString('base64') } }),
      'key a has equal bytes: it is not random',
    ],
    [changed({ keys: { a: KEY, b: KEY } }), 'keys a and b are equal'],
    [changed({ updateIdKey: undefined }), 'updateIdKey is not 32 bytes in base64 (44 characters)'],
    [changed({ updateIdKey: KEY }), 'updateIdKey is one of keys: it must be a key of its own'],
    [changed({ current: '2026-12' }), 'current is not the id of one of keys'],
    [changed({ idKey: KEY }), 'idKey is one of keys: it must be a key of its own'],
    [changed({ idKey: keyText('update ids') }), 'updateIdKey and idKey are equal'],
    [changed({ idKey: 'short' }), 'idKey is not 32 bytes in base64 (44 characters)'],
    [
      changed({ idKey: keyText('ids'), current: undefined }),
      'it has idKey without current: contents hold ids, and would not be encrypted',
    ],
    [changed({ current: null }), 'current is not the id of one of keys'],
  ])('%s is refused, without being shown', (text, wrong) => {
    const { problems } = read({ ENCRYPTION_KEYS: text });
    expect(problems).toEqual([
      'ENCRYPTION_KEYS must be a JSON object with keys, updateIdKey and, where contents are to be ' +
        `encrypted, current, and where ids are, too, idKey; ${wrong}`,
    ]);
    expect(problems?.join()).not.toContain(KEY.slice(4, 20));
  });
});

function changed(members: object): string {
  return JSON.stringify({ ...RING, ...members });
}
