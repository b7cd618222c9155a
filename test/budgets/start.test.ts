// What a start loads and how large the bundle is, held to budgets.ts. Both decide how fast the
// service starts, and how much memory it takes.

import { expect, inject, test } from 'vitest';
import { madeBundle } from '../bundle/made-bundle.ts';
import { preloading, startProcess } from '../main/running-process.ts';
import { BUNDLE, type Budget, overBudget, START } from './budgets.ts';

/** Makes the process write the addresses of all modules that it has loaded to standard output when
 * it ends; in its second start, the restricted one. */
const LIST_MODULES = `
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  const loaded = [];
  const load = (url, context, next) => (loaded.push(url), next(url, context));
  if (process.permission) {
    registerHooks({ load });
    process.on('exit', () => writeSync(1, loaded.join('\\n')));
  }`;

/** A room of src/ or a package. */
const PART = /(?:^|\/)(?:(src\/[^/]+)|.*node_modules\/((?:@[^/]+\/)?[^/]+))(?:\/|$)/;
const PARTS_NAMED = 8;

/** The parts of the code, with how much of each there is. */
type Amounts = { ofSrc: Map<string, number>; ofPackages: Map<string, number> };

function amountsOf(files: readonly (readonly [path: string, amount: number])[]): Amounts {
  const amounts: Amounts = { ofSrc: new Map(), ofPackages: new Map() };
  for (const [path, amount] of files) {
    const [, room, name] = PART.exec(path) ?? [];
    const [sums, part] = room === undefined ? [amounts.ofPackages, name] : [amounts.ofSrc, room];
    if (part !== undefined) sums.set(part, (sums.get(part) ?? 0) + amount);
  }
  return amounts;
}

/** Fails if there is more than the budget allows, and names the largest parts. */
function expectWithin(
  what: string,
  { ofSrc, ofPackages }: Amounts,
  { unit, budget }: { unit: string; budget: Budget },
): void {
  const sum = (parts: Map<string, number>) => parts.values().reduce((one, other) => one + other, 0);
  const counts = { [`${unit} of src/`]: sum(ofSrc), [`${unit} of packages`]: sum(ofPackages) };
  const largest = [...ofSrc, ...ofPackages]
    .sort(([, one], [, other]) => other - one)
    .slice(0, PARTS_NAMED)
    .map(([part, amount]) => `${part} ${amount}`);
  const grown = overBudget(what, counts, budget);
  expect(
    grown,
    `${grown.join('; ')}. The largest parts: ${largest.join(', ')}. Import what a start does not ` +
      'need where it is first used, or raise the number in test/budgets/budgets.ts and say why',
  ).toEqual([]);
}

/** The files that a start loads until it serves. */
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

/** What checks requests of RPC, what compiles flow definitions, what sends traces (prom-client
 * loads the API of OpenTelemetry, which is its interface alone), and the commands. */
const NEVER_AT_START =
  /\/node_modules\/(@bufbuild\/(cel|re2)|ajv|@opentelemetry\/(?!api\/)[^/]+)\/|\/src\/(commands|telemetry\/opentelemetry)\//;

test.each([
  ['a start on SQLite', () => ({}), /\/node_modules\/ioredis\//],
  ['a start on Redis', () => ({ STORE_URL: redisUrl() }), /\/src\/store\/sqlite\//],
] as const)('%s loads what it needs alone', async (what, environment, ofTheOtherStore) => {
  const files = await filesOfStart(environment());
  const amounts = amountsOf(files.map((file) => [file, 1]));
  expectWithin(what, amounts, { unit: 'modules', budget: START[what] });
  const needless = [NEVER_AT_START, ofTheOtherStore];
  expect(files.filter((file) => needless.some((each) => each.test(file)))).toEqual([]);
});

test('main.cjs of the bundle has nothing of OpenTelemetry, which is in a file of its own', async () => {
  const { contents } = await madeBundle();
  const isOfTraces = (path: string) => path.includes('opentelemetry');
  expect(Object.keys(contents['main.cjs']).filter(isOfTraces)).toEqual([]);
  const apart = Object.keys(contents['open-tracing.cjs']);
  expect(apart.filter(isOfTraces).length).toBeGreaterThan(50);
  expect(apart.filter((path) => !isOfTraces(path))).toEqual([]);
});

test.each(['main.cjs', 'repair.cjs', 'check-flows.cjs'] as const)(
  '%s of the bundle is no larger than its budget allows',
  async (name) => {
    const { contents } = await madeBundle();
    const amounts = amountsOf(Object.entries(contents[name]));
    expectWithin(name, amounts, { unit: 'bytes', budget: BUNDLE[name] });
  },
);
