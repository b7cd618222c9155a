// Terminals, as a reader has them open: one in which commands are pasted, one that runs the
// service.

import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../support/until.ts';

type Environment = Record<string, string>;

/** What a block of commands wrote to standard output and to standard error, and its last exit
 * code. */
export type Ran = { output: string; errors: string; code: number };

export type Terminal = {
  /** Runs commands in the one shell that this terminal is, and waits for their end. */
  run(commands: string): Promise<Ran>;
  close(): void;
};

const END_MARK = '--- the block has ended:';

/** Opens a terminal. Variables that a block sets are there for the next one. */
export function openTerminal(environment: Environment): Terminal {
  const shell = spawn('bash', ['-o', 'pipefail'], { env: { ...process.env, ...environment } });
  let output = '';
  let errors = '';
  shell.stdout.on('data', (chunk) => {
    output += chunk;
  });
  shell.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return {
    async run(commands) {
      output = '';
      errors = '';
      shell.stdin.write(`${commands}\necho "\n${END_MARK} $?"\n`);
      const end = await until(
        'the end of the block',
        () => output.split(`\n${END_MARK} `)[1] || undefined,
      );
      return {
        output: output.slice(0, output.indexOf(`\n${END_MARK}`)),
        errors,
        code: Number(end),
      };
    },
    close: () => void shell.kill(),
  };
}

/** A service in a terminal of its own. */
export type RunningService = {
  /** What has come of its standard output, which is the banner where it had a secret to tell. */
  banner(): string;
  /** Ctrl-C, and waits for the end. */
  stop(): Promise<void>;
};

/** Runs commands that end by starting the service, and waits until it is up. */
export async function startInTerminal(
  commands: string,
  environment: Environment,
): Promise<RunningService> {
  // A group of its own, as a terminal gives to what it runs: Ctrl-C reaches npm and what npm
  // started.
  const shell = spawn('bash', ['-c', commands], {
    detached: true,
    env: { ...process.env, ...environment },
  });
  let output = '';
  let errors = '';
  shell.stdout.on('data', (chunk) => {
    output += chunk;
  });
  shell.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const stop = () => interrupt(shell);
  try {
    await until('the service is up', () => {
      if (shell.exitCode !== null) throw new Error(`the service ended: ${errors}`);
      return errors.includes('"the service is up"') || undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { banner: () => output, stop };
}

async function interrupt(shell: ChildProcess): Promise<void> {
  if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
  const ended = new Promise((resolve) => shell.once('exit', resolve));
  process.kill(-shell.pid, 'SIGINT');
  await ended;
}
