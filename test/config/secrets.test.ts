import { describe, expect, test } from 'vitest';
import { unnamedSecrets } from '../support/secrets.ts';
import { configOf, read, SECRET } from './reading.ts';

const OTHER_SECRET = 'another-secret-of-sixteen-or-more';

const OBJECT = JSON.stringify({
  ...{ name: 'checkout-flow', secrets: [SECRET], scopes: ['save', 'restore'] },
  idPrefix: 'shop-a:of-many',
});

describe('secrets', () => {
  test('a list rotates, its members trimmed', () => {
    const config = configOf({
      COGNIGY_WEBHOOK_SECRET: `${SECRET}, ${OTHER_SECRET}`,
      RPC_TOKEN: SECRET,
    });
    expect(config.secrets.webhook()).toEqual(unnamedSecrets(SECRET, OTHER_SECRET));
    expect(config.secrets.rpc()).toEqual(unnamedSecrets(SECRET));
    expect(config.generatedWebhookSecret).toBeUndefined();
  });

  test('COGNIGY_WEBHOOK_TOKEN is the same setting', () => {
    expect(configOf({ COGNIGY_WEBHOOK_TOKEN: SECRET }).secrets.webhook()).toEqual(
      unnamedSecrets(SECRET),
    );
    expect(
      read({ COGNIGY_WEBHOOK_TOKEN: SECRET, COGNIGY_WEBHOOK_SECRET: SECRET }).problems,
    ).toEqual([
      'COGNIGY_WEBHOOK_SECRET and COGNIGY_WEBHOOK_TOKEN contradict each other; set one of them',
    ]);
  });

  test.each([
    ['fifteen-letters', 'secret 1 of 1 has 15 characters'],
    [`${SECRET},`, 'secret 2 of 2 has 0 characters'],
    [`${SECRET},x`, 'secret 2 of 2 has 1 character'],
    ['sixteen letters or more', 'secret 1 of 1 holds white space or a character outside ASCII'],
    ['the-secret-that-npm-start-printed', 'secret 1 of 1 is the placeholder of the README'],
    ['sechzehn-Zeichen-ü', 'secret 1 of 1 holds white space or a character outside ASCII'],
  ])('a secret that does not serve is refused without being shown (%s)', (secrets, wrong) => {
    const [problem, ...others] = read({ RPC_TOKEN: secrets }).problems ?? [];
    expect(problem).toBe(
      `RPC_TOKEN must be secrets of at least 16 printable ASCII characters, separated by commas, ` +
        `or a JSON array of callers; ${wrong}`,
    );
    expect(others).toEqual([]);
  });

  test.each([
    ['an object', OBJECT],
    ['the start of an object', OBJECT.slice(0, -12)],
    ['the rest of an array', `${OBJECT},${OBJECT}]`],
    ['an array in an array', `[[${OBJECT}]]`],
    ['a JSON text', JSON.stringify(`[${OBJECT}]`)],
    ['a name in front', `callers:[${OBJECT}]`],
    ['a list of texts', JSON.stringify([SECRET, OTHER_SECRET])],
  ])('callers that are no array are not taken for plain secrets (%s)', (_, text) => {
    const [problem, ...others] = read({ RPC_TOKEN: text }).problems ?? [];
    expect(problem).toContain('it looks like callers in JSON, and is no array of them');
    expect(problem).not.toContain(SECRET);
    expect(others).toEqual([]);
  });

  test('a secret may begin as JSON does', () => {
    const secret = '{"kX9~name:scopes';
    expect(configOf({ RPC_TOKEN: secret }).secrets.rpc()).toEqual(unnamedSecrets(secret));
  });

  test('a file gives the secret, its content trimmed', () => {
    const config = configOf(
      { COGNIGY_WEBHOOK_TOKEN_FILE: '/secrets/token' },
      { '/secrets/token': `${SECRET}\n` },
    );
    expect(config.secrets.webhook()).toEqual(unnamedSecrets(SECRET));
    expect(config.followedFiles.flatMap(({ files }) => files)).toEqual([
      { variable: 'COGNIGY_WEBHOOK_TOKEN_FILE', path: '/secrets/token' },
    ]);
  });

  test('a store password may stand in a file, and be short', () => {
    const { store } = configOf(
      { STORE_URL: 'redis://host', STORE_PASSWORD_FILE: '/secrets/password' },
      { '/secrets/password': 'pw\n' },
    );
    expect(store.kind === 'redis' && store.password()).toBe('pw');
  });

  test('the password of the sentinels may stand in a file too, and is followed', () => {
    const { store, followedFiles } = configOf(
      {
        STORE_URL: 'redis+sentinel://host/mymaster',
        STORE_SENTINEL_PASSWORD_FILE: '/secrets/sentinel',
      },
      { '/secrets/sentinel': 'pw\n' },
    );
    expect(followedFiles).toMatchObject([
      { files: [{ variable: 'STORE_SENTINEL_PASSWORD_FILE', path: '/secrets/sentinel' }] },
    ]);
    expect(store.kind === 'redis' && store.sentinelPassword()).toBe('pw');
    expect(followedFiles[0]?.take(['next\n'])).toBe('changed');
    expect(store.kind === 'redis' && store.sentinelPassword()).toBe('next');
  });

  test('a value and a file contradict each other', () => {
    expect(
      read({ RPC_TOKEN: SECRET, RPC_TOKEN_FILE: '/secrets/token' }, { '/secrets/token': SECRET })
        .problems,
    ).toEqual(['RPC_TOKEN and RPC_TOKEN_FILE contradict each other; set one of them']);
  });

  test('a file that is empty or too short is refused by its variable', () => {
    expect(read({ RPC_TOKEN_FILE: '/empty' }, { '/empty': ' \n' }).problems).toEqual([
      'RPC_TOKEN_FILE names /empty, which is empty',
    ]);
    expect(read({ RPC_TOKEN_FILE: '/short' }, { '/short': 'short' }).problems).toEqual([
      'RPC_TOKEN_FILE must be secrets of at least 16 printable ASCII characters, separated by ' +
        'commas, or a JSON array of callers; secret 1 of 1 has 5 characters',
    ]);
  });

  test('a secret that is not UTF-8 is refused, at the start and later, and is not shown', () => {
    const broken = Buffer.from('pass\xe4word', 'latin1').toString();
    const redis = { STORE_URL: 'redis://h' };
    const problems = ['STORE_PASSWORD holds bytes that are not UTF-8'];
    expect(read({ ...redis, STORE_PASSWORD: broken }).problems).toEqual(problems);
    const fromFile = { ...redis, STORE_PASSWORD_FILE: '/password' };
    expect(read(fromFile, { '/password': broken }).problems).toEqual([
      'STORE_PASSWORD_FILE holds bytes that are not UTF-8',
    ]);
    const { followedFiles } = configOf(fromFile, { '/password': 'passwörd' });
    expect(() => followedFiles[0]?.take([broken])).toThrow('not UTF-8');
  });

  test('a listener beyond loopback is not taken for one without a secret because its file is bad', () => {
    const beyond = { RPC_LISTEN: '0.0.0.0:1', RPC_PLAINTEXT: 'anywhere' };
    expect(read({ ...beyond, RPC_TOKEN_FILE: '/nowhere' }).problems).toHaveLength(1);
  });
});
