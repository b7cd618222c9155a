// Surveys, as the awk programs of the cluster read them, of states that no test could bring about
// at will; and what the programs decide, run by the awk of Debian.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CHARTS } from '../render.ts';

/** Where the chart has its scripts and programs. */
export const FOLDER = join(CHARTS.application, 'files/redis-cluster');
/** Six Pods, in their order. */
export const HOSTS = ['h0', 'h1', 'h2', 'h3', 'h4', 'h5'];
const NOW_S = 1_800_000_000;

/** A line of CLUSTER NODES. `flags` are those of the server; `slots` is empty for replicas. */
export type Node = {
  host: string;
  flags?: string;
  of?: string;
  slots?: string;
  id?: string;
  waitingMs?: number;
};

/** The id of a node of that name. */
export const idOf = (name: string): string => name.padEnd(40, '-');

/** Six hosts on three machines, by turns. */
export const byNumber = (host: string): string => `m${Number(host.slice(1)) % 3}`;

/** What a program answers to the survey of a node. */
export function decide(
  program: string,
  nodes: Node[],
  { shards = 3, replicas = 1, hosts = HOSTS, machineOf = byNumber } = {},
): string[] {
  const lines = nodes.map(({ host, flags = 'master', of, slots = '', id = host, waitingMs }) => {
    const pinged = waitingMs === undefined ? 0 : NOW_S * 1000 - waitingMs;
    const primary = of === undefined ? '-' : idOf(of);
    const link = /fail(?!\?)/.test(flags) ? 'disconnected' : 'connected';
    return `${idOf(id)} 10.0.0.1:6379@16379,${host} ${flags} ${primary} ${pinged} 1 1 ${link} ${slots}`.trim();
  });
  const placed = hosts.map((host) => `hostname\n${host}\navailability-zone\n${machineOf(host)}`);
  const { stdout, status, stderr } = spawnSync(
    'awk',
    [
      ...['-v', `hosts=${hosts.join(' ')}`, '-v', `shards=${shards}`, '-v', `replicas=${replicas}`],
      ...['-v', `now=${NOW_S}`, '-f', join(FOLDER, 'table.awk'), '-f', join(FOLDER, program)],
    ],
    { input: `${[...lines, ...placed].join('\n')}\n`, encoding: 'utf8' },
  );
  if (status === null || status > 1 || stderr !== '') throw new Error(`awk: ${status} ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Masters without slots, as seen by the first of them. */
export const free = (...hosts: string[]): Node[] =>
  hosts.map((host, index) => ({ host, flags: index === 0 ? 'myself,master' : 'master' }));

/** Three shards of two nodes, as seen by h0. */
export const MADE: Node[] = [
  { host: 'h0', flags: 'myself,master', slots: '0-5461' },
  { host: 'h1', slots: '5462-10922' },
  { host: 'h2', slots: '10923-16383' },
  { host: 'h3', flags: 'slave', of: 'h1' },
  { host: 'h4', flags: 'slave', of: 'h2' },
  { host: 'h5', flags: 'slave', of: 'h0' },
];
