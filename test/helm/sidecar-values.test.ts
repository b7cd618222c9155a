// Values of the library chart: what is taken, and what is refused before anything is installed.

import { expect, test } from 'vitest';
import { renderWithSidecar } from './example-pod.ts';

const REDIS = 'redis://redis:6379';
const REDISS = 'rediss://redis:6379';
const SENTINELS = 'rediss+sentinel://a:26379,b/mymaster';

test.each<[string, object]>([
  ['a duration in seconds, as a number', { settings: { SESSION_TTL: 3600 } }],
  ['a duration of several units', { settings: { SESSION_TTL: '1d12h' } }],
  [
    'sentinels with credentials of their own',
    { store: { url: SENTINELS, sentinel: { existingSecret: 'a' } } },
  ],
  ['an authority for the store', { store: { url: REDISS, tls: { existingSecret: 'a' } } }],
  [
    'a client certificate',
    { store: { url: REDISS, tls: { existingSecret: 'a', certKey: 'c', keyKey: 'k' } } },
  ],
  ['a cluster', { store: { url: 'redis+cluster://a:6379,b:6379' } }],
  ['what Helm itself puts in', { global: { imageRegistry: 'a' } }],
])('taken: %s', async (_, values) => {
  await expect(renderWithSidecar(values)).resolves.toBeDefined();
});

test.each<[string, object, RegExp]>([
  ['no store', { store: { url: '' } }, /store\.url is needed/],
  [
    'a password in the URL',
    { store: { url: 'redis://:hunter2@redis' } },
    /store\.url must not contain a user or a password/,
  ],
  ['a store that is none', { store: { url: 'http://redis' } }, /\/store\/url/],
  ['a value that does not exist', { stroe: { url: REDIS } }, /stroe/],
  ['a setting that does not exist', { settings: { SESION_TTL: '24h' } }, /SESION_TTL/],
  [
    'a setting that the chart sees to',
    { settings: { WEBHOOK_LISTEN: '0.0.0.0:8080' } },
    /WEBHOOK_LISTEN/,
  ],
  ['a setting out of range', { settings: { HISTORY_MAX_ENTRIES: 501 } }, /HISTORY_MAX_ENTRIES/],
  [
    'a number as text',
    { settings: { BODY_MAX_BYTES: '65536' } },
    /BODY_MAX_BYTES': got string, want integer/,
  ],
  [
    'a duration out of range',
    { settings: { SESSION_TTL: '500d' } },
    /settings\.SESSION_TTL is 500d/,
  ],
  ['a duration that is none', { settings: { SESSION_TTL: '1 day' } }, /SESSION_TTL/],
  ['a word that is none of the setting', { settings: { LOG_LEVEL: 'loud' } }, /LOG_LEVEL/],
  [
    'TLS for a store in plain text',
    { store: { url: REDIS, tls: { existingSecret: 'a' } } },
    /\/store\/tls/,
  ],
  [
    'a client certificate without its key',
    { store: { url: REDISS, tls: { certKey: 'a' } } },
    /\/store\/tls/,
  ],
  [
    'credentials for sentinels that there are none of',
    { store: { url: REDIS, sentinel: { username: 'a' } } },
    /\/store\/sentinel/,
  ],
  ['a listener that does not exist', { rpc: { listen: 'public' } }, /\/rpc\/listen/],
  ['a port as text', { rpc: { port: '28051' } }, /'\/rpc\/port': got string, want integer/],
  ['a value of a former version', { ipFamily: 'IPv6' }, /ipFamily is no longer a value: the side/],
  ['a port beyond all ports', { admin: { port: 65536 } }, /\/admin\/port/],
  ['rpc and admin on one port', { rpc: { port: 28464 } }, /rpc\.port and admin\.port/],
  [
    'a name that is no name of a Secret',
    { store: { url: REDIS, existingSecret: 'A_B' } },
    /existingSecret/,
  ],
])('refused: %s', async (_, values, message) => {
  await expect(renderWithSidecar(values)).rejects.toThrow(message);
});

test('a refusal does not repeat the password that stands in a URL', async () => {
  const refusal = renderWithSidecar({ store: { url: 'redis://:hunter2@redis' } });
  const { message } = await refusal.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
  expect(message).toContain('store.url');
  expect(message).not.toContain('hunter2');
});
