import { expect, test } from 'vitest';
import { readStoreConfig } from '../../src/commands/store-config.ts';

test('readStoreConfig() checks all that a command needs as the service does, each problem a line', () => {
  const environment = {
    ...{ STORE_URL: 'redis://me:secret@h', STORE_PASSWORD_FILE: '/nowhere', STORE_USERNAME: 'me' },
    ...{ STORE_TLS_CA: '/nowhere', STORE_COMMAND_TIMEOUT_MS: '3000', REQUEST_DEADLINE_MS: '1000' },
    ...{ KEY_PREFIX: '{', SESSION_MAX_BYTES: '1', QUARANTINE_TTL: 'soon', STORE_TLS_CERTS: 'x' },
  };
  const readFile = (path: string) => {
    throw new Error(`no ${path}`);
  };
  const { problems, warnings } = readStoreConfig(environment, readFile);
  expect(problems?.sort()).toEqual([
    expect.stringMatching(/^KEY_PREFIX must be /),
    expect.stringMatching(/^QUARANTINE_TTL must be /),
    expect.stringMatching(/^SESSION_MAX_BYTES must be /),
    expect.stringMatching(/^STORE_COMMAND_TIMEOUT_MS .* at most REQUEST_DEADLINE_MS \(1000\)/),
    expect.stringMatching(/^STORE_PASSWORD_FILE names \/nowhere, which cannot be read/),
    'STORE_TLS_CA is set, and STORE_URL does not begin with rediss: nothing would be encrypted',
    expect.stringMatching(/^STORE_TLS_CA names \/nowhere, which cannot be read/),
    'STORE_URL holds a password and STORE_PASSWORD is set: set one of them',
    'STORE_URL holds a user name and STORE_USERNAME is set: set one of them',
  ]);
  expect(warnings).toEqual(['STORE_TLS_CERTS is not a setting; STORE_TLS_CERT is']);
});
