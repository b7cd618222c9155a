// A client certificate that is replaced while the service runs: the next connection presents the
// new one, and those that stand stay.

import { expect, it } from 'vitest';
import { authorityOfFile, type TestAuthority } from '../../../support/certificates.ts';
import { startRedisCluster } from '../../../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  untilServed,
} from '../../../support/redis-store.ts';
import { closing, kept, untilRefused } from './refused-calls.ts';

const [authority, next] = [authorityOfFile(), authorityOfFile()];
const [server, nextServer] = [authority.issue('server'), next.issue('server')];

/** What a client trusts and presents, until it is replaced. */
function createMaterial() {
  const of = ({ issue }: TestAuthority) => {
    const { cert, key } = issue('client');
    return Object.freeze({ ca: `${authority.ca}${next.ca}`, cert, key });
  };
  let standing = of(authority);
  const replace = () => {
    standing = of(next);
  };
  return { tls: { current: () => standing }, replace };
}

/** From now on the server has a certificate of the next authority, and takes no others from its
 * clients. */
async function moveOn({ client }: RedisServer): Promise<void> {
  const { certPath, keyPath } = nextServer;
  const files = [
    'tls-ca-cert-file',
    next.caPath,
    'tls-cert-file',
    certPath,
    'tls-key-file',
    keyPath,
  ];
  await client.call('CONFIG', ['SET', ...files]);
}

/** The connections of the store that stand, by their numbers. */
async function standing({ client }: RedisServer): Promise<string[]> {
  const lines = String(await client.client('LIST')).split('\n');
  return lines.flatMap((line) => /^id=(\d+) .*name=cognigy-session-sidecar /.exec(line)?.[1] ?? []);
}

async function hangUp({ client }: RedisServer): Promise<void> {
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

it('presents the certificate of that time, at one server', async () => {
  const tls = { authority, certificate: server, wantsCertificates: true };
  const alone = kept(await startRedisServer({ tls }));
  const material = createMaterial();
  const store = closing(await openStore(standaloneTarget(alone), { tls: material.tls }));
  const before = await standing(alone);
  expect(before).toHaveLength(1);
  await moveOn(alone);
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  expect(await standing(alone)).toEqual(before);
  await hangUp(alone);
  await untilRefused(store, 'client certificate');
  material.replace();
  await untilServed(store);
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
});

it('presents the certificate of that time, at every node of a cluster', async () => {
  const tls = { authority, certificate: server, wantsCertificates: true };
  const cluster = kept(await startRedisCluster({ tls }));
  const material = createMaterial();
  const store = closing(await openStore(clusterTarget(cluster.servers), { tls: material.tls }));
  // Nodes go on with each other over the connections that they have.
  for (const each of cluster.servers) await moveOn(each);
  material.replace();
  await untilServed(store);
  for (const each of cluster.servers) await hangUp(each);
  await untilServed(store);
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
});
