// What the sentinels of a master say: whether they agree, and could replace it.

import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import { addressOf, type NodeAddress } from '../connection/node-address.ts';
import { type CheckOptions, refusalText } from './reach-server.ts';

const SENTINELS_MIN = 3;
const CHANNELS = ['+switch-master', '+failover-state-send-slaveof-noone'];

/** What one sentinel knows. */
export type SentinelAnswer = {
  address: string;
  master: NodeAddress;
  /** How many it knows, connected or not; and where, if this user may ask. */
  replicaCount: number;
  replicas: NodeAddress[];
  /** How many it knows, itself included. */
  sentinels: number;
  quorum: number;
  /** Why it announces no failovers to this user; undefined if it does. */
  unsubscribed: string | undefined;
};

/** Asks one sentinel about a master. Rejects with its refusal. */
export async function askSentinel(
  address: string,
  client: Redis,
  { name, options }: { name: string; options: CheckOptions },
): Promise<SentinelAnswer> {
  const [facts, [host = '', port]] = (await Promise.all([
    client.call('sentinel', ['master', name]),
    client.call('sentinel', ['get-master-addr-by-name', name]),
  ])) as [string[], string[]];
  const replicas = await client.call('sentinel', ['replicas', name]).catch(() => []);
  const factOf = (list: string[], fact: string) => list[list.indexOf(fact) + 1] ?? '';
  const unsubscribed = await client.subscribe(...CHANNELS).then(
    () => undefined,
    (error) => refusalText(error, options),
  );
  return {
    ...{ address, unsubscribed, replicaCount: Number(factOf(facts, 'num-slaves')) },
    master: { host, port: Number(port) },
    replicas: (replicas as string[][]).map((replica) => ({
      host: factOf(replica, 'ip'),
      port: Number(factOf(replica, 'port')),
    })),
    sentinels: Number(factOf(facts, 'num-other-sentinels')) + 1,
    quorum: Number(factOf(facts, 'quorum')),
  };
}

/** The findings about the sentinels that answered, of so many in the URL. */
export function sentinelFindings(
  answers: readonly SentinelAnswer[],
  configured: number,
): StoreFinding[] {
  const masters = [...new Set(answers.map(({ master }) => addressOf(master)))];
  const known = Math.max(0, ...answers.map(({ sentinels }) => sentinels));
  const quorum = Math.max(0, ...answers.map((answer) => answer.quorum));
  const replicas = Math.max(0, ...answers.map(({ replicaCount }) => replicaCount));
  const findings: StoreFinding[] = [];
  const add = (check: StoreFinding['check'], level: StoreFinding['level'], text: string) =>
    findings.push({ check, level, text });

  if (masters.length === 1) add('topology', 'ok', `all sentinels name the master ${masters[0]}`);
  else add('topology', 'warning', `the sentinels name several masters: ${masters.join(', ')}`);
  if (known > configured)
    add(
      'topology',
      'warning',
      `STORE_URL names ${configured} of ${known} sentinels: name them all`,
    );
  for (const { address, unsubscribed } of answers)
    if (unsubscribed !== undefined)
      add(
        'permissions',
        'warning',
        `${address} (sentinel): ${unsubscribed}; failovers are noticed later, and lose updates`,
      );
  const majority = Math.floor(known / 2) + 1;
  if (known < SENTINELS_MIN)
    add(
      'replicas',
      'warning',
      `${known} sentinels: with fewer than ${SENTINELS_MIN}, no majority is left when one is lost`,
    );
  else if (answers.length < Math.max(majority, quorum))
    add(
      'replicas',
      'unfit',
      `${answers.length} of ${known} sentinels answer, and ${Math.max(majority, quorum)} are needed to replace the master`,
    );
  else
    add(
      'replicas',
      'ok',
      `${answers.length} of ${known} sentinels answer; the quorum is ${quorum}`,
    );
  if (replicas === 0) add('replicas', 'warning', 'the master has no replica: nothing replaces it');
  else add('replicas', 'ok', `${replicas} replicas of the master`);
  return findings;
}
