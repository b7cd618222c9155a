// .github/workflows: what GitHub would refuse, or read in another way than it is meant, and what
// the workflows need of this repository.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));

type Step = { uses?: string; run?: string; with?: Record<string, unknown> };
type Job = { uses?: string; steps?: Step[]; permissions?: object; needs?: string | string[] };
const workflows = files.map((path) => {
  const { jobs, permissions, defaults } = parse(readFileSync(path, 'utf8'));
  return { path, permissions, defaults, jobs: Object.entries<Job>(jobs) };
});
const steps = workflows.flatMap(({ path, jobs }) =>
  jobs.flatMap(([, job]) => (job.steps ?? []).map((step) => ({ path, step }))),
);

function actionlint(...paths: string[]) {
  const { error, status, stdout } = spawnSync('actionlint', ['-no-color', ...paths], {
    encoding: 'utf8',
  });
  if (error) throw new Error('actionlint is needed; .ci/build-tools brings it', { cause: error });
  return { status, stdout };
}

test('actionlint finds nothing, in their shell scripts neither', () => {
  expect(actionlint(...files)).toEqual({ status: 0, stdout: '' });
});

test('actionlint would find a mistake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'wrong.yml');
  const text = readFileSync(join(FOLDER, 'release.yml'), 'utf8');
  writeFileSync(
    path,
    text.replaceAll('needs.notes.outputs.version', 'needs.notes.outputs.versoin'),
  );
  expect(actionlint(path)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('"versoin" is not defined'),
  });
});

test('what they run is in this repository, and may be run', () => {
  const named = steps.flatMap(({ step }) => [...(step.run ?? '').matchAll(/\.ci\/[\w./-]+/g)]);
  const paths = named.map(([path]) => path);
  expect(paths).toEqual(expect.arrayContaining(['.ci/run', '.ci/kind/try-upgrade']));
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('no job may do more by default than read the sources', () => {
  for (const { path, permissions } of workflows)
    expect({ path, permissions }).toEqual({ path, permissions: { contents: 'read' } });
});

test('a command that fails before a pipe fails its step', () => {
  for (const { path, defaults } of workflows)
    expect({ path, defaults }).toEqual({ path, defaults: { run: { shell: 'bash' } } });
});

test('an action of others is pinned to a commit, with its version', () => {
  const uses = files.flatMap((path) => readFileSync(path, 'utf8').match(/uses: .*/g) ?? []);
  const others = uses.filter((line) => !line.startsWith('uses: ./'));
  expect(others.length).toBeGreaterThan(10);
  const pinned = /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
  expect(others.filter((line) => !pinned.test(line))).toEqual([]);
});

test('no checkout leaves a token behind', () => {
  const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
  expect(checkouts.length).toBeGreaterThan(3);
  const keeping = checkouts.filter(({ step }) => step.with?.['persist-credentials'] !== false);
  expect(keeping).toEqual([]);
});

test('nothing is published before all checks', () => {
  const release = new Map(workflows.find(({ path }) => path.endsWith('release.yml'))?.jobs);
  const before = (name: string): string[] => {
    const needs = [release.get(name)?.needs ?? []].flat();
    return [...needs, ...needs.flatMap(before)];
  };
  const publishing = [...release].filter(([, { permissions }]) =>
    Object.values(permissions ?? {}).includes('write'),
  );
  expect(publishing.map(([name]) => name)).toEqual([
    ...['image', 'charts', 'packages', 'extension', 'release'],
  ]);
  for (const [name] of publishing)
    expect(before(name)).toEqual(expect.arrayContaining(['checks', 'kind']));
  expect(release.get('checks')?.uses).toBe('./.github/workflows/checks.yml');
});
