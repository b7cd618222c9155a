import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { bannerText } from '../../src/process/banner.ts';

function banner(environment: Record<string, string>, addresses = {}): string {
  const { config } = readConfig(environment, { readFile: () => '', createSecret: () => 'generated' });
  if (config === undefined) throw new Error('no config');
  return bannerText({
    version: '1.2.3',
    config,
    addresses: { webhook: '127.0.0.1:8080', rpc: 'unix:/run/rpc.sock', admin: '[::1]:9464', ...addresses },
    permissions: ['use the network'],
  });
}

test('the banner names listeners, store and permissions', () => {
  const text = banner({});
  expect(text).toMatch(/^ {2}webhook {2}http:\/\/127.0.0.1:8080$/m);
  expect(text).toMatch(/^ {2}rpc {6}unix:\/run\/rpc.sock \(gRPC, gRPC-Web, Connect\)$/m);
  expect(text).toMatch(/^ {2}admin {4}http:\/\/\[::1\]:9464 /m);
  expect(text).toMatch(/^ {2}store {4}SQLite in \/.*\/data$/m);
  expect(text).toMatch(/^ {2}use the network$/m);
});

test.each([
  ['redis://me:hunter2@store:6380/3', 'Redis at store:6380'],
  ['redis+sentinel://me:hunter2@a,b:7001/mymaster', 'Redis, mymaster of the sentinels at a:26379, b:7001'],
  ['redis+cluster://me:hunter2@a,[::1]:7001', 'Redis Cluster at a:6379, [::1]:7001'],
])('the store at %s is named without credentials', (url, named) => {
  const text = banner({ STORE_URL: url });
  expect(text).toContain(`store    ${named}\n`);
  expect(text).not.toContain('hunter2');
});

test('a listener on every interface is shown at an address that can be called', () => {
  const environment = { WEBHOOK_LISTEN: '0.0.0.0:8080', COGNIGY_WEBHOOK_SECRET: 'sixteen-letters-' };
  const text = banner(environment, { webhook: '0.0.0.0:8080', admin: '[::]:9464' });
  expect(text).toContain('curl http://127.0.0.1:8080/webhook/cognigy/session');
  expect(text).toContain('http://[::1]:9464 ');
});
