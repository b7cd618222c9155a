// The process. It starts twice: first as anybody starts it, with everything allowed, to learn from the
// environment what it needs; then, in the same process id and with the same standard streams, with just that
// allowed (process/permissions.ts). What runs before the second start is kept small, since it delays it.
//
// Exit codes: 0 after a signal and a clean end; 1 for a failure; 78 (EX_CONFIG) for a configuration that
// cannot be used, with every problem on a line of its own on standard error.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, readConfig } from './config.ts';
import { createFolder } from './process/create-folder.ts';
import {
  isRestricted,
  needlessPermissions,
  permissionsFor,
  restrictedInvocation,
} from './process/permissions.ts';

const NODE_MAJOR_MIN = 26;
const EXIT_FAILURE = 1;
const EXIT_CONFIG = 78;
const SECRET_BYTES = 32;

const root = dirname(import.meta.dirname);

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  end(
    EXIT_CONFIG,
    `Node ${NODE_MAJOR_MIN} or newer is needed, and this is ${process.version}. ` +
      'Run `npm ci && npm start`: it brings its own and starts the service with it.',
  );
}
const { config, problems, warnings } = readConfig(process.env, {
  readFile: (path) => readFileSync(path, 'utf8'),
  createSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
});
if (config === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
if (config.flowsDir !== undefined) checkFlowsDir(config.flowsDir);

if (!isRestricted()) restartRestricted(config);
// Only here: the first start needs none of it.
const { runService } = await import('./process/run-service.ts');
await runService(config, {
  warnings,
  permissions: [...permissionsFor(config, root), ...needlessPermissions()].map(({ summary }) => summary),
});

/** Replaces this process by one that may do only what the configuration needs. */
function restartRestricted(needed: Config): never {
  if (process.execArgv.includes('--permission')) {
    end(EXIT_FAILURE, 'Node does not hold the permissions that it was started with (is it in audit mode?)');
  }
  if (needed.store.kind === 'embedded') createDataDir(needed.store.dataDir);
  const invocation = restrictedInvocation(
    { arguments: process.execArgv, environment: process.env },
    permissionsFor(needed, root),
  );
  if (process.execve === undefined) end(EXIT_FAILURE, `${process.platform} cannot replace a process`);
  return process.execve(
    process.execPath,
    [process.execPath, ...invocation.arguments, import.meta.filename],
    invocation.environment as NodeJS.ProcessEnv,
  );
}

function createDataDir(path: string): void {
  try {
    createFolder(path);
  } catch (error) {
    end(EXIT_CONFIG, `DATA_DIR must be a folder that can be made: ${(error as Error).message}`);
  }
}

/** Only at the start: what becomes of the folder later stops nothing. */
function checkFlowsDir(path: string): void {
  try {
    readdirSync(path);
  } catch (error) {
    end(EXIT_CONFIG, `FLOWS_DIR must be a folder that can be read: ${(error as Error).message}`);
  }
}

/** Ends the process with these lines on standard error. */
function end(code: number, ...lines: string[]): never {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exit(code);
}
