// What a start loads, and how large the bundle is. Both decide how fast the service starts and how
// much memory it takes.

import { beforeAll, expect, inject, test } from 'vitest';
import { madeBundle } from '../bundle/made-bundle.ts';
import { preloading, startProcess } from '../main/running-process.ts';
import { expectWithinBudget } from './budget.ts';

/** Writes the addresses of all loaded modules to standard output when the process ends; in its
 * second start, the restricted one. */
const LIST_MODULES = `
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  const loaded = [];
  const load = (url, context, next) => (loaded.push(url), next(url, context));
  if (process.permission) {
    registerHooks({ load });
    process.on('exit', () => writeSync(1, loaded.join('\\n')));
  }`;

/** The part of the service that a file belongs to: a room of src/, or a package. */
const PART = /(?:^|\/)(?:(src\/[^/]+)|.*node_modules\/((?:@[^/]+\/)?[^/]+))(?:\/|$)/;

/** How much of each part: of rooms of src/, and of packages. */
type Parts = { rooms: Map<string, number>; packages: Map<string, number> };

function partsOf(amounts: Iterable<readonly [path: string, amount: number]>): Parts {
  const parts: Parts = { rooms: new Map(), packages: new Map() };
  for (const [path, amount] of amounts) {
    const [, room, name] = PART.exec(path) ?? [];
    const [sums, part] = room === undefined ? [parts.packages, name] : [parts.rooms, room];
    if (part !== undefined) sums.set(part, (sums.get(part) ?? 0) + amount);
  }
  return parts;
}

/** The files that `npm start` loads until it serves. */
async function filesOfStart(environment: Record<string, string>): Promise<string[]> {
  const settings = { COGNIGY_WEBHOOK_SECRET: 'a-secret-of-the-budget', ...environment };
  const service = startProcess(settings, { nodeArguments: preloading(LIST_MODULES) });
  await service.up();
  service.child.kill('SIGTERM');
  expect(await service.exited).toBe(0);
  return service
    .stdout()
    .split('\n')
    .filter((url) => url.startsWith('file:'));
}

function redisUrl(): string {
  const { host, port } = inject('redisStandalone');
  return `redis://${host}:${port}`;
}

test.each([
  ['SQLite', () => ({})],
  ['Redis', () => ({ STORE_URL: redisUrl() })],
] as const)('a start on %s loads no more than it may', async (store, environment) => {
  const files = await filesOfStart(environment());
  const { rooms, packages } = partsOf(files.map((file) => [file, 1]));
  expectWithinBudget(`modules of src/ that a start on ${store} loads`, rooms);
  expectWithinBudget(`modules of packages that a start on ${store} loads`, packages);
  const needless = files.filter((file) => NOT_AT_START[store].test(file));
  expect(needless, 'these are to be imported on first use, by import()').toEqual([]);
});

/** What a start does not need: what checks requests of RPC, what compiles flow definitions, the
 * commands, and the other store. */
const NOT_AT_START = {
  SQLite:
    /\/node_modules\/(@bufbuild\/(cel|re2)|ajv|ioredis)\/|\/src\/(commands|store\/redis\/[^/]+-store)\b/,
  Redis: /\/node_modules\/(@bufbuild\/(cel|re2)|ajv)\/|\/src\/(commands|store\/sqlite)\//,
};

let bundle: Awaited<ReturnType<typeof madeBundle>>;
beforeAll(async () => {
  bundle = await madeBundle();
});

test('the code of the service is no larger than it may be', () => {
  const { rooms, packages } = partsOf(Object.entries(bundle.contents['main.cjs']));
  expectWithinBudget('bytes of src/ in main.cjs', rooms);
  expectWithinBudget('bytes of packages in main.cjs', packages);
});

test.each(['repair.cjs', 'check-flows.cjs'] as const)('%s is no larger than it may be', (name) => {
  const { rooms, packages } = partsOf(Object.entries(bundle.contents[name]));
  expectWithinBudget(`bytes of ${name}`, new Map([...rooms, ...packages]));
});
