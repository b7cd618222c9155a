import { describe, expect, test } from 'vitest';
import { authorityOfFile, encryptKey } from '../support/certificates.ts';
import { configOf, read } from './reading.ts';

const SETTINGS = { RPC_TLS_CERT: '/cert', RPC_TLS_KEY: '/key', RPC_TLS_CLIENT_CA: '/ca' };

const authority = authorityOfFile();
const { cert, key } = authority.issue('service');
const good = { '/cert': cert, '/key': key, '/ca': authority.ca };

/** The certificate of `good` with one letter of its middle exchanged. */
function damaged(pem: string): string {
  const place = pem.length / 2;
  return `${pem.slice(0, place)}${pem[place] === 'A' ? 'B' : 'A'}${pem.slice(place + 1)}`.replace(
    /M/,
    'Z',
  );
}

describe('the files of TLS', () => {
  test('give their texts, the same frozen object until one changes', () => {
    const { tls } = configOf(SETTINGS, good);
    expect(tls.webhook).toBeUndefined();
    expect(tls.rpc?.current()).toEqual({ ca: good['/ca'], cert: good['/cert'], key: good['/key'] });
    expect(tls.rpc?.current()).toBe(tls.rpc?.current());
    expect(Object.isFrozen(tls.rpc?.current())).toBe(true);
  });

  test('are followed together, certificate and key as one', () => {
    const { followedFiles, tls } = configOf(SETTINGS, good);
    expect(followedFiles).toMatchObject([
      {
        files: [
          { variable: 'RPC_TLS_CLIENT_CA', path: '/ca' },
          { variable: 'RPC_TLS_CERT', path: '/cert' },
          { variable: 'RPC_TLS_KEY', path: '/key' },
        ],
      },
    ]);
    const [group] = followedFiles;
    const before = tls.rpc?.current();
    const next = authority.issue('next');
    expect(group?.take([good['/ca'], good['/cert'], good['/key']])).toBe('unchanged');
    expect(() => group?.take([good['/ca'], next.cert, good['/key']])).toThrow(/does not belong to/);
    expect(tls.rpc?.current()).toBe(before);
    expect(group?.take([good['/ca'], next.cert, next.key])).toBe('changed');
    expect(tls.rpc?.current()).toEqual({ ca: good['/ca'], cert: next.cert, key: next.key });
  });

  test('may hold a chain and text around it; the first certificate is the own one', () => {
    const chain = `subject=service\n${good['/cert']}\nissuer\n${authority.ca}`;
    configOf(SETTINGS, { ...good, '/cert': chain });
    expect(read(SETTINGS, { ...good, '/cert': authority.ca + good['/cert'] }).problems).toEqual([
      'RPC_TLS_KEY names /key, whose key does not belong to the first certificate of RPC_TLS_CERT, /cert',
    ]);
  });

  test('say until when the own certificate is valid', () => {
    const { tls } = configOf(SETTINGS, good);
    const { fromMs = 0, untilMs = 0 } = tls.rpc?.validity() ?? {};
    expect(untilMs - fromMs).toBe(30 * 24 * 60 * 60 * 1000);
    expect(Math.abs(Date.now() - fromMs)).toBeLessThan(60_000);
    const { store } = configOf({ STORE_URL: 'rediss://host', STORE_TLS_CA: '/ca' }, good);
    expect(store.kind === 'redis' && store.tls?.validity()).toBeUndefined();
  });

  test('of a certificate that has expired do not stop the start', () => {
    const { cert, key } = authority.issue('service', { days: -1 });
    const { tls } = configOf(SETTINGS, { ...good, '/cert': cert, '/key': key });
    expect(tls.rpc?.validity()?.untilMs).toBeLessThan(Date.now());
  });

  test('may be missing for the store, whose certificate Node then checks by what it trusts', () => {
    const { store, followedFiles } = configOf({ STORE_URL: 'rediss://host' });
    expect(store.kind === 'redis' && store.tls?.current()).toEqual({});
    expect(followedFiles).toEqual([]);
    const plain = configOf({ STORE_URL: 'redis://host' }).store;
    expect(plain.kind === 'redis' && plain.tls).toBeUndefined();
  });
});

describe('a file of TLS that does not serve is a problem of its own', () => {
  test.each<[string, () => Partial<typeof good>, string]>([
    [
      'no PEM',
      () => ({ '/cert': 'junk' }),
      'RPC_TLS_CERT names /cert, which holds no certificate in PEM',
    ],
    [
      'a key',
      () => ({ '/cert': good['/key'] }),
      'RPC_TLS_CERT names /cert, which holds no certificate in PEM',
    ],
    [
      'empty',
      () => ({ '/ca': '' }),
      'RPC_TLS_CLIENT_CA names /ca, which holds no certificate in PEM',
    ],
    [
      'one good certificate and a damaged one',
      () => ({ '/ca': good['/ca'] + damaged(good['/ca']) }),
      'RPC_TLS_CLIENT_CA names /ca, which holds a certificate that is damaged',
    ],
    [
      'one good certificate and one that breaks off',
      () => ({ '/ca': good['/ca'] + good['/ca'].slice(0, 200) }),
      'RPC_TLS_CLIENT_CA names /ca, which holds a certificate that is damaged',
    ],
    [
      'two certificates without a line feed between them, of which TLS reads neither',
      () => ({ '/ca': good['/ca'].trimEnd() + good['/ca'] }),
      'RPC_TLS_CLIENT_CA names /ca, which holds a certificate that is damaged',
    ],
    [
      'a mark before the first line, which hides it from TLS',
      () => ({ '/ca': `\ufeff${good['/ca']}` }),
      'RPC_TLS_CLIENT_CA names /ca, which holds no certificate in PEM',
    ],
    [
      'no key',
      () => ({ '/key': good['/cert'] }),
      'RPC_TLS_KEY names /key, which holds no private key in PEM',
    ],
    [
      'a damaged key',
      () => ({ '/key': damaged(good['/key']) }),
      'RPC_TLS_KEY names /key, which holds a private key that is damaged',
    ],
    [
      'an encrypted key',
      () => ({ '/key': encryptKey(good['/key']) }),
      'RPC_TLS_KEY names /key, whose key is encrypted: the service has no passphrase for it; ' +
        'decrypt it, and let the permissions of the file protect it',
    ],
    [
      'the key of another certificate',
      () => ({ '/key': authority.issue('other').key }),
      'RPC_TLS_KEY names /key, whose key does not belong to the first certificate of RPC_TLS_CERT, /cert',
    ],
    [
      'a key too short for TLS',
      () => {
        const { cert, key } = authority.issue('weak', { weak: true });
        return { '/cert': cert, '/key': key };
      },
      'RPC_TLS_CERT names /cert, which TLS does not accept: error:0A00018F:SSL routines::ee key too small',
    ],
  ])('%s', (_, change, problem) => {
    expect(read(SETTINGS, { ...good, ...change() }).problems).toEqual([problem]);
  });

  test('all of them at once, and nothing of a key in any', () => {
    const { problems } = read(SETTINGS, { '/cert': 'junk', '/key': 'secret junk' });
    expect(problems).toEqual([
      'RPC_TLS_CLIENT_CA names /ca, which cannot be read: ENOENT',
      'RPC_TLS_CERT names /cert, which holds no certificate in PEM',
      'RPC_TLS_KEY names /key, which holds no private key in PEM',
    ]);
  });

  test('relative paths are those of the folder in which the service starts', () => {
    expect(read({ WEBHOOK_TLS_CERT: 'cert.pem', WEBHOOK_TLS_KEY: '/key' }, good).problems).toEqual([
      `WEBHOOK_TLS_CERT names ${process.cwd()}/cert.pem, which cannot be read: ENOENT`,
    ]);
  });
});
