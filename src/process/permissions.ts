// What the process may do. Node's permission model denies everything that a flag does not allow,
// and the flags can only be given when the process starts. So `node src/main.ts` first reads its
// configuration, determines which permissions it needs, and replaces itself (execve) by a process
// with exactly these.
//
// Restricted: reading and writing files, child processes, worker threads, native addons, WASI, the
// inspector.
//
// Not restricted, so do not rely on it:
// * The network is all or nothing. Use a network policy to limit where the service connects to.
// * The flags for files do not restrict node:sqlite. The service opens only the configured paths.
// * A symbolic link in a granted folder may point anywhere. Kubernetes uses such links to replace a
//   Secret; anyone who may write there can also redirect what is read.
// * The model protects against code that misbehaves, not against a vulnerability in Node itself.

import { statSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';
import type { Config } from '../config.ts';
import { containerLimitBytes } from '../telemetry/memory-limit.ts';
import { BOOT_ID } from './boot-id.ts';
import { heapFlags } from './heap-flags.ts';

/** Something that the process may do, in words, with the flags that allow it. */
export type Permission = { summary: string; flags: readonly string[] };

/** Permissions that can be granted from outside and are never needed, by their names in
 * `process.permission`. */
const NEVER_NEEDED = {
  child: 'start child processes',
  worker: 'start worker threads',
  addon: 'load native addons',
  wasi: 'run WASI modules',
  inspector: 'be inspected',
  'fs.read': 'read every file',
  'fs.write': 'write every file',
} as const;

/** Exists on every machine, and is never granted. */
const FORBIDDEN_PATH = '/';

/** Flags that concern permissions, in arguments and in NODE_OPTIONS. */
const PERMISSION_FLAG = /(^|\s|["'])--(no-)?(permission|allow-)/;

/** What the service needs, and no more. `main` is the file that was started. */
export function permissionsFor(config: Config, main: string): Permission[] {
  const { store, spool, listen, followedFiles, flowsDir } = config;
  return [
    { summary: 'use the network', flags: ['--allow-net'] },
    // Without /proc/self/ the process metrics would silently be 0.
    ...[...codePaths(main), '/proc/self/'].map(reading),
    ...new Set(followedFiles.flatMap(({ files }) => files.map(({ path }) => path)))
      .values()
      .map(reading),
    ...(flowsDir === undefined ? [] : [reading(flowsDir + sep)]),
    ...(store.kind === 'embedded' ? [readingAndWriting(store.dataDir + sep)] : []),
    ...(spool === undefined ? [] : [readingAndWriting(spool.directory + sep), reading(BOOT_ID)]),
    ...('path' in listen.rpc ? [readingAndWriting(listen.rpc.path)] : []),
  ];
}

/** Permissions that were granted from outside and are not needed. */
export function needlessPermissions(): Permission[] {
  return Object.entries(NEVER_NEEDED).flatMap(([scope, summary]) =>
    process.permission?.has(scope)
      ? [{ summary: `${summary} (granted from outside)`, flags: [] }]
      : [],
  );
}

/** Whether Node denies what is not allowed. In audit mode (`--permission-audit`) Node claims to
 * deny, but only reports; so this tries something that must be denied. */
export function isRestricted(): boolean {
  if (process.permission === undefined) return false;
  if (process.permission.has('fs.read', FORBIDDEN_PATH)) return true;
  try {
    statSync(FORBIDDEN_PATH);
    return false;
  } catch {
    return true;
  }
}

/** What a process is started with. */
export type Invocation = { arguments: string[]; environment: Record<string, string | undefined> };

/** The C library would give each thread an arena, and keep there what V8's threads free once they
 * have compiled the code: after load 20 MiB, and 8 with two arenas. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

/** The same invocation, restricted to these permissions, with a heap that fits the memory
 * (heap-flags.ts), and with one arena unless the environment names a number. Flags that would
 * widen the permissions are left out. If NODE_OPTIONS has such a flag, all of NODE_OPTIONS is left
 * out, since its quoting may hide where one flag ends. */
export function restrictedInvocation(
  current: Invocation,
  permissions: readonly Permission[],
): Invocation {
  const { NODE_OPTIONS: nodeOptions = '', ...environment } = current.environment;
  const keptOptions = PERMISSION_FLAG.test(nodeOptions) ? '' : nodeOptions;
  const keptArguments = current.arguments.filter((argument) => !PERMISSION_FLAG.test(argument));
  return {
    arguments: [
      ...keptArguments,
      ...heapFlags(containerLimitBytes(), [...keptArguments, keptOptions]),
      // The only experimental feature in use is --allow-net, on purpose.
      '--disable-warning=ExperimentalWarning',
      '--permission',
      // In order, so that a folder comes before what lies in it: Node 26.10 refuses a folder that
      // is granted after a file of its own.
      ...permissions.flatMap(({ flags }) => flags).sort(),
    ],
    environment: {
      ...ONE_ARENA,
      ...environment,
      ...(keptOptions !== '' && { NODE_OPTIONS: keptOptions }),
    },
  };
}

/** What the code is loaded from. A bundle has all of it in its own folder. */
function codePaths(main: string): string[] {
  const folder = dirname(main);
  if (extname(main) !== '.ts') return [folder + sep];
  const root = dirname(folder);
  return [folder + sep, join(root, 'node_modules') + sep, join(root, 'package.json')];
}

function reading(path: string): Permission {
  return { summary: `read ${path}`, flags: [`--allow-fs-read=${path}`] };
}

function readingAndWriting(path: string): Permission {
  return {
    summary: `read and write ${path}`,
    flags: [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`],
  };
}
