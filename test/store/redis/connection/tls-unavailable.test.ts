// What keeps a connection with TLS from standing, as whoever is on call reads it; and that the
// store heals when it is mended.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeAddress } from '../../../../src/store/redis/connection/node-address.ts';
import type { RedisTarget } from '../../../../src/store/redis/connection/topology.ts';
import {
  createRedisStore,
  type RedisStoreOptions,
} from '../../../../src/store/redis/redis-store.ts';
import {
  createAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '../../../support/certificates.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  storeOptions,
  untilServed,
} from '../../../support/redis-store.ts';
import { closing, kept, refusalOf, untilRefused } from './refused-calls.ts';

/** Another address of this machine, which is not in the certificates. */
const UNNAMED_HOST = '127.0.0.2';
const settings = { bind: `127.0.0.1 ${UNNAMED_HOST}` };

let authority: TestAuthority;
let stranger: TestAuthority;
let good: IssuedCertificate;
let server: RedisServer;
let wanting: RedisServer;
let plain: RedisServer;
beforeAll(async () => {
  authority = createAuthority();
  stranger = createAuthority();
  good = authority.issue('server');
  const wantsCertificates = true;
  [server, wanting, plain] = await Promise.all([
    startRedisServer({ settings, tls: { authority, certificate: good } }),
    startRedisServer({ tls: { authority, certificate: good, wantsCertificates } }),
    startRedisServer(),
  ]);
});
afterAll(async () => {
  await Promise.all([server, wanting, plain].map((each) => each?.stop()));
  authority?.remove();
  stranger?.remove();
});

function trusting(client?: IssuedCertificate) {
  const material = { ca: authority.ca, ...(client && { cert: client.cert, key: client.key }) };
  return { tls: { current: () => material } };
}

function storeAt(target: RedisTarget, options: Partial<RedisStoreOptions>) {
  return closing(createRedisStore({ ...storeOptions(target), ...options }));
}

/** What a store tells when no connection to such a server stands. */
async function untilToldBy(
  store: ReturnType<typeof storeAt>,
  { host, port }: NodeAddress,
  reason: string,
) {
  expect(await untilRefused(store, reason)).toContain(`${host}:${port}: `);
  expect(await refusalOf(store.ping())).toContain(reason);
}

describe.each<[string, (server: NodeAddress) => RedisTarget]>([
  ['one server', standaloneTarget],
  [
    'a sentinel',
    ({ host, port }) => ({ kind: 'sentinel', name: 'mymaster', sentinels: [{ host, port }] }),
  ],
  ['a server of a cluster', (server) => clusterTarget([server])],
])('%s', (_, targetOf) => {
  it('with a certificate that nobody vouches for', async () => {
    const { address, store } = at(server, { tls: { current: () => ({}) } });
    await untilToldBy(
      store,
      address,
      'its certificate is not trusted: STORE_TLS_CA does not hold the CA',
    );
  });

  it('with a certificate for other names, which are told', async () => {
    const { store, address } = at({ host: UNNAMED_HOST, port: server.port }, trusting());
    const names = 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1';
    await untilToldBy(store, address, `its certificate is for ${names}, not for ${UNNAMED_HOST}`);
    const { store: renamed } = at(server, { ...trusting(), tlsServerName: 'store.test' });
    await untilToldBy(renamed, server, `its certificate is for ${names}, not for store.test`);
  });

  it('that wants a client certificate', async () => {
    const { store, address } = at(wanting, trusting());
    await untilToldBy(store, address, 'a client certificate');
  });

  it('that wants another client certificate', async () => {
    const { store, address } = at(wanting, trusting(stranger.issue('client')));
    await untilToldBy(store, address, 'client certificate');
  });

  it('without TLS behind rediss', async () => {
    const { store, address } = at(plain, { ...trusting(), connectTimeoutMs: 300 });
    await untilToldBy(store, address, 'it hangs, or has no TLS: then the URL begins with redis');
  });

  it('with TLS behind redis', async () => {
    const { store, address } = at(server, {});
    await untilToldBy(store, address, 'it may have TLS: then the URL begins with rediss');
  });

  function at({ host, port }: NodeAddress, options: Partial<RedisStoreOptions>) {
    return { address: { host, port }, store: storeAt(targetOf({ host, port }), options) };
  }
});

describe('a server', () => {
  it('whose certificate has expired says so', async () => {
    const certificate = authority.issue('server', { days: -1 });
    const other = kept(await startRedisServer({ tls: { authority, certificate } }));
    const store = storeAt(standaloneTarget(other), trusting());
    await untilToldBy(store, other, 'its certificate, or one that signed it, has expired');
  });

  it('whose certificate is made for something else says so', async () => {
    // An authority's own, as a server's.
    const self = {
      cert: '',
      key: '',
      certPath: stranger.caPath,
      keyPath: stranger.caPath.replace('.pem', '.key'),
    };
    const other = kept(await startRedisServer({ tls: { authority, certificate: self } }));
    const store = storeAt(standaloneTarget(other), trusting());
    await untilToldBy(store, other, 'its certificate is not made for servers');
  });

  it('that presents another certificate is left alone until the right one is back', async () => {
    const other = kept(await startRedisServer({ tls: { authority, certificate: good } }));
    const told: string[] = [];
    const onConnectionError: RedisStoreOptions['onConnectionError'] = ({ reason }) =>
      told.push(reason);
    const store = closing(
      await openStore(standaloneTarget(other), { ...trusting(), onConnectionError }),
    );
    await present(other, stranger.issue('server'));
    // Who is connected stays so.
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
    await other.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await untilToldBy(
      store,
      other,
      'its certificate is not trusted: STORE_TLS_CA does not hold the CA',
    );
    expect(told.filter((reason) => reason.includes('not trusted'))).toHaveLength(1);
    await present(other, good);
    await untilServed(store);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });
});

async function present(
  { client }: RedisServer,
  { certPath, keyPath }: IssuedCertificate,
): Promise<void> {
  await client.call('CONFIG', ['SET', 'tls-cert-file', certPath, 'tls-key-file', keyPath]);
}
