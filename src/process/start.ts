// The process starts twice: first without restrictions, to read from the environment which
// permissions it needs; then, with the same process id and standard streams, with only these
// permissions (permissions.ts). The code before the second start is kept small, since it delays the
// start.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { SpoolConfig } from '../config/spool-config.ts';
import { readConfig } from '../config.ts';
import { createFolder } from './create-folder.ts';
import { EXIT_CONFIG, EXIT_FAILURE, EXIT_USAGE, end } from './exit.ts';
import {
  type Invocation,
  isRestricted,
  needlessPermissions,
  permissionsFor,
  restrictedInvocation,
} from './permissions.ts';
import { handlePendingSignals } from './shutdown.ts';
import { helpText, USAGE } from './usage.ts';

const NODE_MAJOR_MIN = 26;
const SECRET_BYTES = 32;

/** What the process was started with. */
export type Started = Invocation & {
  /** The file that was started: src/main.ts, or a bundle of it. */
  main: string;
};

/** Runs the service, in a process with only the permissions that its configuration needs. */
export async function start({ main, arguments: given, environment }: Started): Promise<void> {
  if (given.length > 0) answerArguments(given);
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    end(
      EXIT_CONFIG,
      `Node ${NODE_MAJOR_MIN} or newer is needed, and this is ${process.version}. ` +
        'Run `npm ci && npm start`: it installs its own Node and starts the service with it.',
    );
  }
  const { config, problems, warnings } = readConfig(environment, {
    readFile: (path) => readFileSync(path, 'utf8'),
    createSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
  });
  if (config === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
  if (config.flowsDir !== undefined) checkFlowsDir(config.flowsDir);

  const permissions = permissionsFor(config, main);
  if (!isRestricted()) {
    if (process.execArgv.includes('--permission'))
      end(
        EXIT_FAILURE,
        'Node does not enforce the permissions that it was started with (is it in audit mode?)',
      );
    if (config.store.kind === 'embedded') createConfiguredFolder('DATA_DIR', config.store.dataDir);
    if (config.spool !== undefined) await prepareConfiguredSpool(config.spool);
    const invocation = restrictedInvocation(
      { arguments: process.execArgv, environment },
      permissions,
    );
    await handlePendingSignals();
    restart(main, invocation);
  }
  // Imported only now, because the first start does not need it.
  const { runService } = await import('./run-service.ts');
  // While Node loaded these modules, it did not deliver signals.
  await handlePendingSignals();
  await runService(config, {
    warnings,
    permissions: [...permissions, ...needlessPermissions()].map(({ summary }) => summary),
  });
}

/** The only argument is --help. All others are refused, since they would be silently ignored
 * settings. */
function answerArguments(given: readonly string[]): never {
  const [only = '', ...others] = given;
  if (others.length > 0 || !['--help', '-h'].includes(only))
    end(
      EXIT_USAGE,
      USAGE,
      'the service takes no arguments: its settings are variables, which --help lists',
    );
  process.stdout.write(helpText());
  process.exit(0);
}

/** Replaces this process. */
function restart(main: string, { arguments: nodeArguments, environment }: Invocation): never {
  if (process.execve === undefined)
    end(EXIT_FAILURE, `${process.platform} cannot replace a process`);
  return process.execve(
    process.execPath,
    [process.execPath, ...nodeArguments, main],
    environment as NodeJS.ProcessEnv,
  );
}

function createConfiguredFolder(setting: string, path: string): void {
  try {
    createFolder(path);
  } catch (error) {
    const { message } = error as Error;
    end(EXIT_CONFIG, `${setting} must be a folder that can be created: ${message}`);
  }
}

/** Files and folders can only be synced before the process has its permissions. */
async function prepareConfiguredSpool({ directory, maxBytes }: SpoolConfig): Promise<void> {
  createConfiguredFolder('SPOOL_DIR', directory);
  // Imported only now, because most processes have no spool.
  const { prepareSpool } = await import('../spool/prepare.ts');
  try {
    prepareSpool(directory, maxBytes);
  } catch (error) {
    end(EXIT_CONFIG, `SPOOL_DIR cannot be used: ${(error as Error).message}`);
  }
}

/** Checked only at the start: a folder that is lost later does not stop the service. */
function checkFlowsDir(path: string): void {
  try {
    readdirSync(path);
  } catch (error) {
    end(EXIT_CONFIG, `FLOWS_DIR must be a folder that can be read: ${(error as Error).message}`);
  }
}
