// Which test needs what. It follows from where a test file lies, and from what it imports, itself
// or through other files:
//
// - platform: lies in test/{helm,image,conformance,clients,extension,page,valkey,workflows}; needs
//   Helm, a container engine, Prometheus' tools, Connect's conformance suite, Go, Python, Java,
//   Chromium, Valkey, and packages of npm.
// - redis: reaches the test servers or starts processes; needs redis-server, curl and openssl. So
//   that `unit` stays quick, the models, the fuzzer, the fault workload and the tests of the whole
//   service are here too.
// - unit: everything else; needs nothing but Node, and takes seconds.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type TestKind = 'unit' | 'redis' | 'platform';

const ON_THE_PLATFORM = /^test\/(helm|image|conformance|clients|extension|page|valkey|workflows)\//;
const LONG = /^test\/(model|fuzz|e2e|fault|store\/flipped-bits)\//;
const REDIS_SUPPORT = /^test\/support\/redis-/;
/** Modules through which a test reaches a server or starts a process. Those of src/ do not count:
 * the service opens Redis only where STORE_URL says so. */
const REACHING_OUT = ['ioredis', 'node:child_process', 'node:cluster'];
/** `inject` gives a test the addresses of the shared servers. */
const INJECT = /\bimport \{[^}]*\binject\b[^}]*\} from 'vitest'/;

const IMPORT =
  /^(?:import|export)\s(?!type\b)[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** `imports`: for more than types, as it is written; `targets`: those of them that are ours. */
type Source = { text: string; imports: string[]; targets: string[] };
const sources = new Map<string, Source>();

/** All test files of a kind, by their paths from the root of the repository. */
export function testFilesOf(kind: TestKind): string[] {
  return globSync('test/**/*.test.ts')
    .filter((path) => testKindOf(path) === kind)
    .sort();
}

/** The kind of one test file. */
export function testKindOf(path: string): TestKind {
  if (ON_THE_PLATFORM.test(path)) return 'platform';
  return isLong(path) || reasonsForServers(path).length > 0 ? 'redis' : 'unit';
}

/** Whether a test file lies where tests may take minutes. */
export function isLong(path: string): boolean {
  return LONG.test(path);
}

/** What makes a test file need servers or processes, each with the file that it is in; empty
 * where nothing does. */
export function reasonsForServers(path: string): string[] {
  const ownFiles = [...importClosure(path)].filter((file) => !file.startsWith('src/'));
  return ownFiles.flatMap((file) => [
    ...(REDIS_SUPPORT.test(file) ? [file] : []),
    ...sourceOf(file)
      .imports.filter((imported) => REACHING_OUT.includes(imported))
      .map((imported) => `${imported} in ${file}`),
    ...(INJECT.test(sourceOf(file).text) ? [`inject in ${file}`] : []),
  ]);
}

/** A file and all of ours that it imports for more than their types, directly or not. */
export function importClosure(path: string): Set<string> {
  const reached = new Set<string>([path]);
  // A set may grow while it is walked.
  for (const file of reached) for (const target of sourceOf(file).targets) reached.add(target);
  return reached;
}

/** What is known of a file: read once, since many files import the same ones. */
function sourceOf(path: string): Source {
  const known = sources.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
    return from ?? bare ?? dynamic ?? '';
  });
  const targets = imports
    .filter((imported) => imported.startsWith('.') && imported.endsWith('.ts'))
    .map((imported) => join(dirname(path), imported))
    .filter((target) => existsSync(target));
  const source = { text, imports, targets };
  sources.set(path, source);
  return source;
}
