// Where the sessions of former services are, and whether they are continued.

import { describe, expect, test } from 'vitest';
import { read } from './reading.ts';

const STORE_URL = 'redis://user:pass@sessions:6379';

describe('the former store', () => {
  test('is that of the sessions, and is not read, unless it is asked for', () => {
    const { config } = read({ STORE_URL });
    expect(config?.legacy).toEqual({ isRead: false, store: config?.store });
    expect(read({ STORE_URL, LEGACY_STATE: 'read' }).config?.legacy?.isRead).toBe(true);
  });

  test('may be another one, with credentials of its own', () => {
    const LEGACY_STORE_URL = 'redis+cluster://old:secret@former:7000';
    const { config } = read({ STORE_URL, LEGACY_STORE_URL });
    const legacy = config?.legacy?.store;
    expect(legacy?.target).toEqual({ kind: 'cluster', nodes: [{ host: 'former', port: 7000 }] });
    expect([legacy?.username, legacy?.password(), legacy?.tls]).toEqual([
      'old',
      'secret',
      undefined,
    ]);
  });

  test('may be named in a file, whose new password is used when the file is replaced', () => {
    const path = '/run/secrets/former';
    const { config } = read(
      { STORE_URL, LEGACY_STORE_URL_FILE: path },
      { [path]: 'redis://old:secret@former:7000\n' },
    );
    const legacy = config?.legacy?.store;
    expect([legacy?.username, legacy?.password()]).toEqual(['old', 'secret']);
    const [followed] = config?.followedFiles ?? [];
    expect(followed?.take(['redis://other:changed@elsewhere'])).toBe('changed');
    expect([legacy?.username, legacy?.password()]).toEqual(['old', 'changed']);
    expect(() => followed?.take(['http://former'])).toThrow('LEGACY_STORE_URL_FILE must be');
  });

  test('of its own takes over no credentials of the sessions', () => {
    const { config } = read({ STORE_URL, LEGACY_STORE_URL: 'redis://former' });
    const legacy = config?.legacy?.store;
    expect([legacy?.username, legacy?.password()]).toEqual(['', '']);
  });

  test('may use TLS where the sessions do not', () => {
    const { config } = read({ STORE_URL, LEGACY_STORE_URL: 'rediss://former' });
    expect(config?.legacy?.store.tls).toBeDefined();
    expect(config?.store).toMatchObject({ tls: undefined });
  });

  test('requires a store on Redis', () => {
    const { problems } = read({ LEGACY_STATE: 'read', LEGACY_STORE_URL: 'redis://former' });
    expect(problems).toEqual(
      ['LEGACY_STATE=read', 'LEGACY_STORE_URL'].map((name) =>
        expect.stringMatching(`^${name} is set without STORE_URL: the embedded store \\(SQLite\\)`),
      ),
    );
    expect(read({}).config?.legacy).toBeUndefined();
  });

  test('is off or read', () => {
    const { problems } = read({ STORE_URL, LEGACY_STATE: 'on' });
    expect(problems).toEqual(['LEGACY_STATE must be off or read; not "on"']);
  });
});
