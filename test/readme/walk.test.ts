// The commands of the README and of docs/, pasted one block after the other: every `sh` block of
// the pages below runs in one terminal; a block that ends in `npm start` runs in a terminal of its
// own, in place of the service before. A `json` or `text` block that follows shows the answer.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { expectAnswer } from './answers.ts';
import { documentBlocks } from './readme.ts';
import { openTerminal, type RunningService, startInTerminal, type Terminal } from './terminal.ts';

const WALKED = [
  'README.md',
  'docs/tutorial.md',
  'docs/services/rpc.md',
  'docs/services/why.md',
  'docs/services/locks-and-etags.md',
  'docs/services/listing.md',
  'docs/services/exporting.md',
  'docs/services/erasing.md',
  'docs/operate/damage.md',
  'docs/flows/definitions.md',
];
/** Of the README only what follows the first screen, and needs no cluster of Kubernetes. */
const OF_THE_README = 'Post and restore';
/** What a reader does last, after the other pages as well. */
const LAST = 'Clean up';
const START = 'npm start\n';

const walked = WALKED.flatMap((page) => {
  const blocks = documentBlocks(page);
  return blocks.flatMap((block, place) => {
    if (block.language !== 'sh' || (page === 'README.md' && block.section !== OF_THE_README))
      return [];
    const next = blocks[place + 1];
    const shown = next?.section === block.section && next.language !== 'sh' ? next : undefined;
    return [{ page, block, shown, name: `${page}, ${place}: ${block.text.split('\n', 1)[0]}` }];
  });
});

const steps = [
  ...walked.filter(({ block }) => block.section !== LAST),
  ...walked.filter(({ block }) => block.section === LAST),
];

test.each(WALKED)('%s has commands', (page) => {
  expect(steps.filter((step) => step.page === page).length).toBeGreaterThan(0);
});

const dataDir = mkdtempSync(join(tmpdir(), 'session-readme-'));
const checkout = () =>
  execFileSync('git', ['status', '--porcelain', '--ignored'], { encoding: 'utf8' });
let checkoutBefore: string;
let environment: Record<string, string>;
let redis: RedisServer;
let service: RunningService;
let terminal: Terminal;

beforeAll(async () => {
  checkoutBefore = checkout();
  const [webhook = '', rpc = '', admin = ''] = (await freePorts(3)).map(
    (port) => `127.0.0.1:${port}`,
  );
  redis = await startRedisServer();
  const nodes = inject('redisCluster').map(({ host, port }) => `${host}:${port}`);
  environment = {
    WEBHOOK_LISTEN: webhook,
    RPC_LISTEN: rpc,
    ADMIN_LISTEN: admin,
    DATA_DIR: join(dataDir, 'data'),
    TMPDIR: dataDir,
    WEBHOOK: `http://${webhook}`,
    RPC: `http://${rpc}`,
    ADMIN: `http://${admin}`,
    REDIS: `redis://${redis.host}:${redis.port}`,
    CLUSTER: `redis+cluster://${nodes.slice(0, 2).join(',')}`,
  };
  service = await startInTerminal('npm start', environment);
  // It comes by another pipe than the log.
  environment.SECRET = await until(
    'the secret',
    () => /Until the service stops it is:\s+(\S+)\n/.exec(service.banner())?.[1],
  );
  terminal = openTerminal(environment);
});

afterAll(async () => {
  terminal?.close();
  await service?.stop();
  await redis?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('the first screen has the two commands, and the first one starts the service', () => {
  const first = documentBlocks('README.md')
    .filter(({ section, language }) => section === '' && language === 'sh')
    .map(({ text }) => text.trim());
  expect(first).toHaveLength(2);
  expect(first[0]).toBe('npm ci && npm start');
  expect(first[1]).toMatch(/^sudo apt-get install -y redis-server\b.* && npm ci && npm test$/);
});

test('the banner has a request that can be pasted as it is', async () => {
  const command = service.banner().slice(service.banner().indexOf('  curl '));
  const { output } = await terminal.run(command);
  expect(JSON.parse(output)).toMatchObject({ status: 'accepted', revision: 1 });
});

test.each(steps)('block $name', async ({ block, shown }) => {
  if (block.text.endsWith(START)) return restart(block.text);
  const { output, errors, code } = await terminal.run(block.text);
  expect(code, errors).toBe(0);
  if (shown) expectAnswer(output, shown);
  else expect(output).not.toContain('"error"');
});

test('nothing is left behind, neither in the temporary folder nor in the checkout', () => {
  expect(existsSync(join(dataDir, 'session-tutorial'))).toBe(false);
  expect(checkout()).toBe(checkoutBefore);
});

async function restart(commands: string): Promise<void> {
  await service.stop();
  service = await startInTerminal(commands, environment);
  const isReady = await until(
    'the service to be ready',
    async () => (await fetch(`${environment.ADMIN}/readyz`)).ok || undefined,
  );
  expect(isReady).toBe(true);
}
