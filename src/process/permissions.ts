// What the process may do. Node's permission model denies everything that a flag does not allow,
// and the flags can only be given when the process starts; so the first thing that `node
// src/main.ts` does is to read its configuration, work out what it needs, and replace itself
// (execve) by a process with exactly that.
//
// Held: reading and writing files, child processes, worker threads, native addons, WASI, the
// inspector.
//
// Not held, so that nobody relies on it:
// * The network is all or nothing. Where the service connects to is for a network policy to bound.
// * node:sqlite is not held by the flags for files. The service opens the one path that is
//   configured.
// * A symbolic link in a granted place leads wherever it points. That is what lets Kubernetes
//   exchange a
//   Secret behind its link; whoever may write there may also redirect the reading.
// * The model guards against code that does what it should not, not against a flaw in Node itself.

import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Config } from '../config.ts';

/** Something that the process may do, in words, with the flags that allow it. */
export type Permission = { summary: string; flags: readonly string[] };

/** What can be granted from outside and is never asked for, by the name that `process.permission`
 * has. */
const NEVER_NEEDED = {
  child: 'start child processes',
  worker: 'start worker threads',
  addon: 'load native addons',
  wasi: 'run WASI modules',
  inspector: 'be inspected',
  'fs.read': 'read every file',
  'fs.write': 'write every file',
} as const;

/** There everywhere, and never among what the service reads. */
const FORBIDDEN_PATH = '/';

/** Flags that concern permissions, in arguments and in NODE_OPTIONS. */
const PERMISSION_FLAG = /(^|\s|["'])--(no-)?(permission|allow-)/;

/** What the service needs, and no more. `root` is the folder of its package.json. */
export function permissionsFor(config: Config, root: string): Permission[] {
  const { store, listen, followedFiles, flowsDir } = config;
  return [
    { summary: 'use the network', flags: ['--allow-net'] },
    // Without /proc/self/ the process metrics would silently say 0.
    ...[
      join(root, 'src') + sep,
      join(root, 'node_modules') + sep,
      join(root, 'package.json'),
      '/proc/self/',
    ].map(reading),
    ...new Set(followedFiles.flatMap(({ files }) => files.map(({ path }) => path)))
      .values()
      .map(reading),
    ...(flowsDir === undefined ? [] : [reading(flowsDir + sep)]),
    ...(store.kind === 'embedded' ? [readingAndWriting(store.dataDir + sep)] : []),
    ...('path' in listen.rpc ? [readingAndWriting(listen.rpc.path)] : []),
  ];
}

/** What has been granted from outside beyond any need. */
export function needlessPermissions(): Permission[] {
  return Object.entries(NEVER_NEEDED).flatMap(([scope, summary]) =>
    process.permission?.has(scope)
      ? [{ summary: `${summary} (granted from outside)`, flags: [] }]
      : [],
  );
}

/** Whether Node denies what is not allowed. In audit mode (`--permission-audit`) it says that it
 * does, and only reports: so something that should be denied is tried. */
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

/** The same invocation, restricted to these permissions. Flags that would widen them are left
 * out; where they stand in NODE_OPTIONS, all of it is, since its quoting may hide where one flag
 * ends. */
export function restrictedInvocation(
  current: Invocation,
  permissions: readonly Permission[],
): Invocation {
  const { NODE_OPTIONS: nodeOptions = '', ...environment } = current.environment;
  const keptOptions = PERMISSION_FLAG.test(nodeOptions) ? '' : nodeOptions;
  const keptArguments = current.arguments.filter((argument) => !PERMISSION_FLAG.test(argument));
  const limitsHeap = [...keptArguments, keptOptions].some((given) =>
    given.includes('--max-old-space-size'),
  );
  return {
    arguments: [
      ...keptArguments,
      // In a container Node may take more for its heap than the container has.
      ...(limitsHeap ? [] : ['--max-old-space-size-percentage=65']),
      // The only experimental thing in use is --allow-net, and that is on purpose.
      '--disable-warning=ExperimentalWarning',
      '--permission',
      ...permissions.flatMap(({ flags }) => flags),
    ],
    environment: keptOptions === '' ? environment : { ...environment, NODE_OPTIONS: keptOptions },
  };
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
