import type { Config, StoreConfig } from '../config.ts';
import type { NodeAddress } from '../store/redis/connection/node-address.ts';
import type { RedisTarget } from '../store/redis/connection/topology.ts';

/** What the banner shows to the person who started the service. */
export type BannerFacts = {
  version: string;
  config: Config;
  /** As they were bound; without a webhook where it is off. */
  addresses: { webhook: string | undefined; rpc: string; admin: string };
  /** What the process may do, a line each. */
  permissions: readonly string[];
  /** What looks wrong in the configuration. */
  warnings: readonly string[];
};

const EXAMPLE_UPDATE = JSON.stringify({
  sessionId: 'session-1',
  userId: 'user-1',
  variables: { cartTotal: 42.5 },
});

/** The banner: listeners, store, permissions, and a request to paste. It is the only place where a
 * generated secret is shown. A configured secret is never shown: in the request the shell looks it
 * up. */
export function bannerText({
  version,
  config,
  addresses,
  permissions,
  warnings,
}: BannerFacts): string {
  const { generatedWebhookSecret } = config;
  const page = sessionPageUrl(config, addresses);
  const scheme = config.tls.webhook === undefined ? 'http' : 'https';
  const webhook = addresses.webhook && `${scheme}://${reachable(addresses.webhook)}`;
  // curl accepts the listener's own certificate as one to trust.
  const curl = config.tls.webhook === undefined ? 'curl' : 'curl --cacert "$WEBHOOK_TLS_CERT"';
  return [
    `cognigy-session-sidecar ${version}`,
    '',
    `  webhook  ${webhook ?? 'off'}`,
    `  rpc      ${addresses.rpc} (gRPC, gRPC-Web, Connect${rpcTlsText(config)})`,
    ...(page === undefined ? [] : [`  page     ${page}`]),
    `  admin    http://${reachable(addresses.admin)} (/metrics, /healthz, /readyz)`,
    `  store    ${storeText(config.store)}`,
    '',
    ...(warnings.length === 0
      ? []
      : ['Is this meant?', ...warnings.map((warning) => `  ${warning}`), '']),
    'The process has these permissions, and no others:',
    ...permissions.map((permission) => `  ${permission}`),
    '',
    ...(generatedWebhookSecret === undefined
      ? []
      : [
          'No webhook secret is set (COGNIGY_WEBHOOK_SECRET). Until the service stops it is:',
          `  ${generatedWebhookSecret}`,
          '',
        ]),
    ...(webhook === undefined
      ? []
      : [
          'Post a session:',
          `  ${curl} ${webhook}/webhook/cognigy/session -H 'content-type: application/json' \\`,
          `    -H "X-API-Key: ${generatedWebhookSecret ?? configuredSecretText(config)}" \\`,
          `    -d '${EXAMPLE_UPDATE}'`,
          '',
        ]),
    '',
  ].join('\n');
}

/** Where a browser finds the session page; undefined if it is off, or on a unix socket. */
export function sessionPageUrl(
  { isSessionPageServed, tls }: Config,
  { rpc }: BannerFacts['addresses'],
): string | undefined {
  if (!isSessionPageServed || rpc.startsWith('unix:')) return undefined;
  return `${tls.rpc === undefined ? 'http' : 'https'}://${reachable(rpc)}/sessions`;
}

/** A shell expression for the first of the configured secrets; of callers with names, which are no
 * list for a shell, a placeholder. */
function configuredSecretText({ webhookSecretSource }: Config): string {
  const { variable, path, isOfCallers } = webhookSecretSource;
  if (isOfCallers) return '<secret of a caller>';
  return path === undefined
    ? `\${${variable}%%,*}`
    : `$(cut -d, -f1 '${path.replaceAll("'", "'\\''")}')`;
}

function rpcTlsText({ tls }: Config): string {
  if (tls.rpc === undefined) return '';
  return tls.rpc.current().ca === undefined ? '; TLS' : '; TLS, callers present certificates';
}

/** A listener on all interfaces can be reached on loopback too. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

/** The store, for people. */
export function storeText(store: StoreConfig): string {
  if (store.kind === 'embedded') return `SQLite in ${store.dataDir}`;
  return store.tls === undefined ? targetText(store.target) : `${targetText(store.target)}; TLS`;
}

function targetText(target: RedisTarget): string {
  switch (target.kind) {
    case 'standalone':
      return `Redis at ${nodeText(target)}`;
    case 'sentinel':
      return `Redis, ${target.name} of the sentinels at ${nodesText(target.sentinels)}`;
    case 'cluster':
      return `Redis Cluster at ${nodesText(target.nodes)}`;
  }
}

function nodesText(nodes: readonly NodeAddress[]): string {
  return nodes.map(nodeText).join(', ');
}

function nodeText({ host, port }: NodeAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
