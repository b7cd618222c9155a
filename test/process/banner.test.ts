import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { bannerText } from '../../src/process/banner.ts';
import { authorityOfTest } from '../support/certificates.ts';

function banner(environment: Record<string, string>, addresses: object = {}): string {
  const { config, warnings } = readConfig(environment, {
    readFile: (path) => readFileSync(path, 'utf8'),
    createSecret: () => 'generated',
  });
  if (config === undefined) throw new Error('no config');
  return bannerText({
    version: '1.2.3',
    config,
    addresses: {
      webhook: '127.0.0.1:8080',
      rpc: 'unix:/run/rpc.sock',
      admin: '[::1]:28464',
      ...addresses,
    },
    permissions: ['use the network'],
    warnings,
  });
}

test('the banner names listeners, store and permissions', () => {
  const text = banner({});
  expect(text).toMatch(/^ {2}webhook {2}http:\/\/127.0.0.1:8080$/m);
  expect(text).toMatch(/^ {2}rpc {6}unix:\/run\/rpc.sock \(gRPC, gRPC-Web, Connect\)$/m);
  expect(text).toMatch(/^ {2}admin {4}http:\/\/\[::1\]:28464 /m);
  expect(text).toMatch(/^ {2}store {4}SQLite in \/.*\/data$/m);
  expect(text).toMatch(/^ {2}use the network$/m);
});

test.each([
  ['redis://me:hunter2@store:6380/3', 'Redis at store:6380'],
  [
    'redis+sentinel://me:hunter2@a,b:7001/mymaster',
    'Redis, mymaster of the sentinels at a:26379, b:7001',
  ],
  ['redis+cluster://me:hunter2@a,[::1]:7001', 'Redis Cluster at a:6379, [::1]:7001'],
])('the store at %s is named without credentials', (url, named) => {
  const text = banner({ STORE_URL: url });
  expect(text).toContain(`store    ${named}\n`);
  expect(text).not.toContain('hunter2');
});

test('a listener on every interface is shown at an address that can be called', () => {
  const environment = {
    WEBHOOK_LISTEN: '0.0.0.0:8080',
    COGNIGY_WEBHOOK_SECRET: 'sixteen-letters-',
  };
  const text = banner(environment, { webhook: '0.0.0.0:8080', admin: '[::]:28464' });
  expect(text).toContain('curl http://127.0.0.1:8080/webhook/cognigy/session');
  expect(text).toContain('http://[::1]:28464 ');
});

test('the store is said to be reached over TLS where its URL says so', () => {
  expect(banner({ STORE_URL: 'rediss+cluster://a' })).toContain(
    'store    Redis Cluster at a:6379; TLS\n',
  );
});

test('the address of the session page is shown where it is on and a browser reaches it', () => {
  const page = /^ {2}page {5}(.*)$/m;
  const rpc = { rpc: '0.0.0.0:28051' };
  expect(page.exec(banner({ SESSION_PAGE: 'on' }, rpc))?.[1]).toBe(
    'http://127.0.0.1:28051/sessions',
  );
  expect(banner({}, rpc)).not.toMatch(page);
  expect(banner({ SESSION_PAGE: 'on' })).not.toMatch(page);
  const { certPath, keyPath } = authorityOfTest().issue('service');
  const tls = { SESSION_PAGE: 'on', RPC_TLS_CERT: certPath, RPC_TLS_KEY: keyPath };
  expect(page.exec(banner(tls, rpc))?.[1]).toBe('https://127.0.0.1:28051/sessions');
});

test('listeners with TLS are shown as such, and the request to paste trusts their certificate', () => {
  const authority = authorityOfTest();
  const { certPath, keyPath } = authority.issue('service');
  const text = banner({
    WEBHOOK_TLS_CERT: certPath,
    WEBHOOK_TLS_KEY: keyPath,
    RPC_TLS_CERT: certPath,
    RPC_TLS_KEY: keyPath,
  });
  expect(text).toMatch(/^ {2}webhook {2}https:\/\/127.0.0.1:8080$/m);
  expect(text).toMatch(/^ {2}rpc {6}unix:\/run\/rpc.sock \(gRPC, gRPC-Web, Connect; TLS\)$/m);
  expect(text).toContain(
    '  curl --cacert "$WEBHOOK_TLS_CERT" https://127.0.0.1:8080/webhook/cognigy/session',
  );
  const mutual = banner({
    RPC_TLS_CERT: certPath,
    RPC_TLS_KEY: keyPath,
    RPC_TLS_CLIENT_CA: authority.caPath,
  });
  expect(mutual).toContain('(gRPC, gRPC-Web, Connect; TLS, callers present certificates)');
});

test.each(['COGNIGY_WEBHOOK_SECRET', 'COGNIGY_WEBHOOK_TOKEN'])(
  'the request to paste has the shell look up %s',
  (variable) => {
    const text = banner({ [variable]: 'sixteen-letters-' });
    expect(text).toContain(`-H "X-API-Key: \${${variable}%%,*}"`);
  },
);

test('the request to paste has the shell read the file of the secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'banner-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "bot's");
  writeFileSync(path, 'sixteen-letters-');
  const text = banner({ COGNIGY_WEBHOOK_SECRET_FILE: path });
  expect(text).toContain(`-H "X-API-Key: $(cut -d, -f1 '${folder}/bot'\\''s')"`);
});

test('without a webhook nothing is offered to paste', () => {
  const text = banner({ WEBHOOK_LISTEN: 'off' }, { webhook: undefined });
  expect(text).toMatch(/^ {2}webhook {2}off$/m);
  expect(text).not.toContain('curl');
  expect(text).not.toContain('generated');
});

test('what looks wrong in the configuration is shown, and no value of it', () => {
  expect(banner({})).not.toContain('Is this meant?');
  const text = banner({ REDIS_URL: 'redis://me:hunter2@store' });
  expect(text).toContain(
    'Is this meant?\n  REDIS_URL is not a setting: set STORE_URL=redis://host:port/database; ',
  );
  expect(text).not.toContain('hunter2');
});

test('in the request of callers with names there is a placeholder', () => {
  const secrets = ['sixteen-letters-'];
  const callers = [{ name: 'flow', secrets, scopes: ['save'] }];
  const text = banner({ COGNIGY_WEBHOOK_SECRET: JSON.stringify(callers) });
  expect(text).toContain('-H "X-API-Key: <secret of a caller>"');
  expect(text).not.toContain(secrets[0]);
});
