// The parts of docs/operate/ that are written from docs/operate/measured.json: the plot, and in
// sizing.md what lies between `<!-- NAME, from measured.json -->` and `<!-- end -->`.
//
//   node bench/growth/documents.ts   writes them again

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Constants, Measured, SeriesName } from './measured.ts';
import { plotText } from './plot.ts';
import { type Demand, sizeOf } from './sizing.ts';

const FOLDER = join(import.meta.dirname, '../../docs/operate');
export const MEASURED_FILE = join(FOLDER, 'measured.json');
export const PLOT_FILE = join(FOLDER, 'cost-growth.svg');
export const PAGE_FILE = join(FOLDER, 'sizing.md');

/** The load of the page's worked example. */
const EXAMPLE: Demand = {
  conversationsPerSecond: 50,
  liveSessions: 1_000_000,
  shardMebibytes: 4096,
};

const CONSTANTS: Record<keyof Constants, string> = {
  conversationServiceMs: 'CPU time of the service for a conversation, ms',
  conversationRedisMs: 'CPU time of Redis for a conversation, ms',
  conversationRoundTrips: 'round trips of a conversation',
  conversationRedisBytes: 'memory of Redis for a session after its conversation, bytes',
  idleMebibytes: 'memory of an idle process, MiB',
  loadedMebibytes: 'memory of a process after load, MiB',
};

/** The series of the page's table; the plot has all of them. */
const SHOWN: SeriesName = 'kilobytes';

if (import.meta.main) writeDocuments(readMeasured());

export function readMeasured(): Measured {
  return JSON.parse(readFileSync(MEASURED_FILE, 'utf8')) as Measured;
}

export function writeDocuments(measured: Measured): void {
  writeFileSync(PLOT_FILE, plotText(measured));
  writeFileSync(PAGE_FILE, pageText(readFileSync(PAGE_FILE, 'utf8'), measured));
}

/** The page with its parts as they follow from what was measured. Refuses a page that lacks one. */
export function pageText(page: string, measured: Measured): string {
  let written = page;
  for (const [name, part] of Object.entries(partsOf(measured))) {
    const place = new RegExp(`(<!-- ${name}, from measured.json -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(written)) throw new Error(`the page has no place for ${name}`);
    written = written.replace(place, (_, start, end) => `${start}\n${part}\n\n${end}`);
  }
  return written;
}

function partsOf(measured: Measured): Record<string, string> {
  const { constants, series, node, processor } = measured;
  const shown = Object.entries(CONSTANTS).map(([name, what]) => [
    what,
    figure(constants[name as keyof Constants]),
  ]);
  return {
    machine: `Measured on ${processor}, Node ${node}.`,
    constants: table(['constant', 'measured'], shown),
    'worked example': exampleText(constants),
    [SHOWN]: seriesText(series.find(({ name }) => name === SHOWN)),
  };
}

function seriesText({ title = '', points = [] }: Partial<Measured['series'][number]> = {}): string {
  const lines = points.map(({ at, save, restore, redisBytes = 0 }) => [
    at.toLocaleString('en'),
    ...[save.serverUs, save.redisUs, restore.serverUs, restore.redisUs].map(figure),
    `${figure(save.scripts)}, ${figure(restore.scripts)}`,
    figure(redisBytes),
  ]);
  const head = ['save: service, us', 'Redis, us', 'restore: service, us', 'Redis, us'];
  return table([title, ...head, 'round trips', 'Redis, bytes per session'], lines);
}

function exampleText(constants: Constants): string {
  const { conversationsPerSecond, liveSessions, shardMebibytes } = EXAMPLE;
  const size = sizeOf(EXAMPLE, constants);
  return table(
    ['what', 'figure'],
    [
      ['conversations that begin in a second', figure(conversationsPerSecond)],
      ['live sessions', liveSessions.toLocaleString('en')],
      ['`maxmemory` of a shard, MiB', figure(shardMebibytes)],
      ['cores that the gateways use', figure(size.gatewayCores)],
      ['**gateways**', `**${size.gateways}**`],
      ['cores that Redis uses', figure(size.redisCores)],
      ['memory that sessions take in Redis, MiB', figure(size.redisMebibytes)],
      ['**shards**', `**${size.shards}**`],
      ['memory request of a gateway or sidecar, MiB', figure(size.memoryRequestMebibytes)],
      ['memory limit of a gateway or sidecar, MiB', figure(size.memoryLimitMebibytes)],
    ],
  );
}

function table(head: string[], lines: string[][]): string {
  return [head, head.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Three digits that say something. */
function figure(value: number): string {
  if (Number.isInteger(value) || value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 10 ? 1 : 2);
}
