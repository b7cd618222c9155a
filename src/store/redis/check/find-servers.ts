// Which servers a store has, by its topology: masters, whose keys are served, and replicas.

import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import { addressOf, type NodeAddress } from '../connection/node-address.ts';
import { slotOfKey } from '../connection/slot-of-key.ts';
import type { SentinelTarget } from '../connection/topology.ts';
import { completedRanges } from '../connection/unnamed-endpoints.ts';
import { type ClusterShard, clusterFindings, shardsFrom } from './cluster-findings.ts';
import { type CheckOptions, type ReachedServer, reachServer, refusalText } from './reach-server.ts';
import { askSentinel, type SentinelAnswer, sentinelFindings } from './sentinel-findings.ts';

export type FoundServers = {
  findings: StoreFinding[];
  masters: NodeAddress[];
  replicas: NodeAddress[];
  database: number;
  /** The master that should hold a key. */
  addressOf: (key: string) => string | undefined;
};

const NONE = { masters: [], replicas: [], database: 0, addressOf: () => undefined };

/** Asks the servers that the target names for all servers. */
export async function findServers(options: CheckOptions): Promise<FoundServers> {
  const { target } = options;
  switch (target.kind) {
    case 'standalone': {
      const address = addressOf(target);
      const masters = [{ host: target.host, port: target.port }];
      const text = 'one server, without sentinels or a cluster: nothing replaces it if it is lost';
      const findings: StoreFinding[] = [{ check: 'replicas', level: 'ok', text }];
      const found = { findings, masters, replicas: [], database: target.database ?? 0 };
      return { ...found, addressOf: () => address };
    }
    case 'sentinel':
      return bySentinels(target, options);
    case 'cluster':
      return byCluster(target.nodes, options);
  }
}

async function byCluster(nodes: NodeAddress[], options: CheckOptions): Promise<FoundServers> {
  const { findings, answers } = await askEach(nodes, options, async ({ client }) =>
    shardsFrom(
      completedRanges((await client.call('cluster', ['slots'])) as never, `${client.options.host}`),
    ),
  );
  const shards = mostComplete(answers);
  if (shards === undefined) return { ...NONE, findings };
  return {
    findings: [...findings, ...clusterFindings(shards)],
    masters: shards.map(({ master }) => master),
    replicas: shards.flatMap(({ replicas }) => replicas),
    database: 0,
    addressOf(key) {
      const slot = slotOfKey(key);
      const has = ({ ranges }: ClusterShard) =>
        ranges.some(([first, last]) => first <= slot && slot <= last);
      const shard = shards.find(has);
      return shard && addressOf(shard.master);
    },
  };
}

/** A node that has just joined may not know all of the map yet. */
function mostComplete(answers: readonly ClusterShard[][]): ClusterShard[] | undefined {
  return answers.toSorted((one, other) => other.length - one.length)[0];
}

async function bySentinels(target: SentinelTarget, options: CheckOptions): Promise<FoundServers> {
  const { sentinelUsername: username, sentinelPassword: password } = options;
  const ofSentinels = { ...options, username, password };
  const asked = { name: target.name, options };
  const { findings, answers } = await askEach(
    target.sentinels,
    ofSentinels,
    ({ address, client }): Promise<SentinelAnswer> => askSentinel(address, client, asked),
  );
  const [answer] = answers;
  if (answer === undefined) return { ...NONE, findings };
  const { master, replicas } = answer;
  return {
    findings: [...findings, ...sentinelFindings(answers, target.sentinels.length)],
    masters: [master],
    replicas,
    database: target.database ?? 0,
    addressOf: () => addressOf(master),
  };
}

/** Asks each of the servers that STORE_URL names. One that does not answer is a danger while others
 * do. */
async function askEach<Answer>(
  nodes: readonly NodeAddress[],
  options: CheckOptions,
  ask: (server: { address: string; client: Redis }) => Promise<Answer>,
): Promise<{ findings: StoreFinding[]; answers: Answer[] }> {
  const failures: string[] = [];
  const answers: Answer[] = [];
  const reached = await Promise.all(nodes.map((node) => reachServer(node, options)));
  await Promise.all(reached.map(one));
  const level = answers.length > 0 ? 'warning' : 'unfit';
  const findings = failures.map((text): StoreFinding => ({ check: 'reach', level, text }));
  return { findings, answers };

  async function one({ address, client, reason }: ReachedServer): Promise<void> {
    if (client === undefined) {
      failures.push(`${address}: ${reason}`);
      return;
    }
    try {
      answers.push(await ask({ address, client }));
    } catch (error) {
      failures.push(`${address}: ${refusalText(error, options)}`);
    } finally {
      client.disconnect();
    }
  }
}
