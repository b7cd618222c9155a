import { describe, expect, test } from 'vitest';
import { authorityOfFile } from '../support/certificates.ts';
import { configOf, read, SECRET } from './reading.ts';

const CERTIFICATE = { RPC_TLS_CERT: '/cert', RPC_TLS_KEY: '/key' };
const BEYOND = { RPC_LISTEN: '0.0.0.0:28051', RPC_TOKEN: SECRET };
const NEEDS_TLS =
  'RPC_LISTEN (0.0.0.0:28051) is reachable beyond this machine and needs RPC_TLS_CERT and RPC_TLS_KEY, ' +
  'or RPC_PLAINTEXT=anywhere to do without';

const authority = authorityOfFile();
const { cert, key } = authority.issue('service');
const files: Record<string, string> = { '/cert': cert, '/key': key, '/ca': authority.ca };

describe('what must hold between settings of TLS', () => {
  test.each([
    ['WEBHOOK_TLS_CERT', 'WEBHOOK_TLS_KEY'],
    ['RPC_TLS_CERT', 'RPC_TLS_KEY'],
    ['STORE_TLS_CERT', 'STORE_TLS_KEY'],
  ])('%s and %s are set both or neither', (cert, key) => {
    const store = { STORE_URL: 'rediss://host' };
    expect(read({ ...store, [cert]: '/cert' }, files).problems).toEqual([
      `${cert} is set without ${key}: a certificate needs its key`,
    ]);
    expect(read({ ...store, [key]: '/key' }, files).problems).toEqual([
      `${key} is set without ${cert}: a key needs its certificate`,
    ]);
    configOf({ ...store, [cert]: '/cert', [key]: '/key' }, files);
  });

  test('the CA of callers needs a certificate of the listener', () => {
    expect(read({ RPC_TLS_CLIENT_CA: '/ca' }, files).problems).toEqual([
      'RPC_TLS_CLIENT_CA is set without RPC_TLS_CERT: callers present certificates only over TLS',
    ]);
    configOf({ RPC_TLS_CLIENT_CA: '/ca', ...CERTIFICATE }, files);
  });

  test('RPCs beyond loopback need TLS, unless plain text is allowed anywhere', () => {
    expect(read(BEYOND).problems).toEqual([NEEDS_TLS]);
    expect(read({ ...BEYOND, RPC_PLAINTEXT: 'loopback' }).problems).toEqual([NEEDS_TLS]);
    configOf({ ...BEYOND, RPC_PLAINTEXT: 'anywhere' });
    configOf({ ...BEYOND, ...CERTIFICATE }, files);
  });

  test('certificates of callers do for a token beyond loopback', () => {
    const beyond = { RPC_LISTEN: '0.0.0.0:28051', ...CERTIFICATE };
    expect(read(beyond, files).problems).toEqual([
      'RPC_LISTEN (0.0.0.0:28051) is reachable beyond this machine and needs RPC_TOKEN or RPC_TLS_CLIENT_CA',
    ]);
    configOf({ ...beyond, RPC_TLS_CLIENT_CA: '/ca' }, files);
  });

  test('a unix socket does not use TLS', () => {
    const settings = { RPC_LISTEN: 'unix:/run/x', RPC_TLS_CLIENT_CA: '/ca', ...CERTIFICATE };
    expect(read(settings, files).problems).toEqual(
      ['RPC_TLS_CERT', 'RPC_TLS_KEY', 'RPC_TLS_CLIENT_CA'].map(
        (name) => `${name} is set, and RPC_LISTEN is a unix socket, which does not use TLS`,
      ),
    );
  });

  test('a listener that is off shows no certificate', () => {
    const certificate = { WEBHOOK_TLS_CERT: '/cert', WEBHOOK_TLS_KEY: '/key' };
    expect(read({ WEBHOOK_LISTEN: 'off', ...certificate }, files).problems).toEqual([
      'WEBHOOK_TLS_CERT is set, and WEBHOOK_LISTEN is off',
      'WEBHOOK_TLS_KEY is set, and WEBHOOK_LISTEN is off',
    ]);
  });

  test('a word that cannot be read is one problem alone', () => {
    expect(read({ ...BEYOND, RPC_PLAINTEXT: 'yes' }).problems).toEqual([
      'RPC_PLAINTEXT must be loopback or anywhere; not "yes"',
    ]);
  });
});
