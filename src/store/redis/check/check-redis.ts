// Checks a store on Redis before anything runs on it: from a process of its own, with the settings,
// the connections and the scripts of the service. It writes one key to each master, which expires.

import { TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import type { NodeAddress } from '../connection/node-address.ts';
import { fieldsOf } from '../connection/server-check.ts';
import { createWriteProbe } from '../connection/write-probe.ts';
import { type FoundServers, findServers } from './find-servers.ts';
import { permissionFindings } from './permission-findings.ts';
import { type CheckOptions, reachServer, refusalText } from './reach-server.ts';
import { serverFindings } from './server-findings.ts';
import { settingFindings } from './setting-findings.ts';
import { type TimedServer, timeFindings, timeServer } from './time-findings.ts';

const EXPIRES_SOON_MS = 14 * 24 * 60 * 60 * 1000;

/** All that is found about a store, in the order of the checks. */
export async function checkRedis(options: CheckOptions): Promise<StoreFinding[]> {
  const found = await findServers(options);
  const probe = createWriteProbe(found, {
    keyPrefix: options.keyPrefix,
    isCluster: options.target.kind === 'cluster',
  });
  const timed: TimedServer[] = [];
  const ofServers = await Promise.all([
    ...found.masters.map((node) => checkServer(node, 'master')),
    ...found.replicas.map((node) => checkServer(node, 'replica')),
  ]);
  return [...found.findings, ...ofServers.flat(), ...timeFindings(timed, options)];

  async function checkServer(
    node: NodeAddress,
    role: 'master' | 'replica',
  ): Promise<StoreFinding[]> {
    const { address, client, reason } = await reachServer(node, options, found.database);
    if (client === undefined) {
      const level = role === 'master' ? 'unfit' : 'warning';
      return [{ check: 'reach', level, text: `${address} (${role}): ${reason}` }];
    }
    const reached: StoreFinding = { check: 'reach', level: 'ok', text: `${address} (${role})` };
    try {
      const findings = [
        reached,
        ...tlsFindings(client, address),
        ...(await infoFindings(client, { address, role, found })),
        ...(role === 'master' ? await findingsOfMaster(client) : []),
      ];
      timed.push(await timeServer(address, client));
      return findings;
    } catch (error) {
      const text = `${address} (${role}): ${refusalText(error, options)}`;
      return [reached, { check: 'permissions', level: 'unfit', text }];
    } finally {
      client.disconnect();
    }
  }

  async function findingsOfMaster(client: Redis): Promise<StoreFinding[]> {
    const { database } = found;
    return [
      ...(await permissionFindings(client, probe, options)),
      ...(await settingFindings(client, { ...options, database })),
    ];
  }

  async function infoFindings(
    client: Redis,
    { address, role, found }: { address: string; role: string; found: FoundServers },
  ): Promise<StoreFinding[]> {
    let info: ReadonlyMap<string, string>;
    try {
      info = fieldsOf(await client.info('server', 'memory', 'persistence', 'replication'));
    } catch (error) {
      const text =
        `${address}: INFO: ${refusalText(error, options)}; ` +
        'version, eviction, memory, persistence and replicas are not checked' +
        (options.echo ? ', and ECHO cannot know which writes the replicas have' : '');
      return [{ check: 'permissions', level: 'warning', text }];
    }
    return [
      ...serverFindings(address, info),
      ...(role === 'master' ? connectedFindings(address, info, found) : []),
    ];
  }

  /** Whether the replicas that are configured are connected, and as many as updates wait for. */
  function connectedFindings(
    address: string,
    info: ReadonlyMap<string, string>,
    { replicas }: FoundServers,
  ): StoreFinding[] {
    const { target, durability } = options;
    const connected = Number(info.get('connected_slaves') ?? 0);
    const needed = durability && durability.level !== 'stored' ? durability.replicas : 0;
    if (typeof needed === 'number' && connected < needed) {
      const text =
        `${address}: ${connected} replicas are connected, and ${needed} must confirm each update ` +
        '(DURABILITY_REPLICAS)';
      return [{ check: 'replicas', level: 'unfit', text }];
    }
    if (target.kind === 'standalone' || connected > 0) return [];
    if (replicas.length === 0) return [];
    const text = `${address}: none of its replicas is connected: a failover would lose its sessions`;
    return [{ check: 'replicas', level: 'warning', text }];
  }
}

/** What the certificate of a server says; nothing without TLS. */
function tlsFindings({ stream }: Redis, address: string): StoreFinding[] {
  if (!(stream instanceof TLSSocket)) return [];
  const { valid_to: validTo } = stream.getPeerCertificate();
  const leftMs = Date.parse(validTo) - Date.now();
  const protocol = stream.getProtocol() ?? 'TLS';
  const level = leftMs < EXPIRES_SOON_MS ? 'warning' : 'ok';
  return [
    { check: 'tls', level, text: `${address}: ${protocol}; its certificate expires ${validTo}` },
  ];
}
