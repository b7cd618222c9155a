import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { waitFor } from '../support/wait-for.ts';

export const SOURCES_MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Takes what removes a process's folder, then what ends the process: to be called in the reverse
 * order. */
export type OnFinished = (end: () => Promise<void> | void) => void;

/** The service as a process of its own. */
export type RunningProcess = {
  child: ChildProcess;
  /** A folder that is removed with the process. */
  folder: string;
  stdout(): string;
  stderr(): string;
  /** The lines of the log. */
  log(): Record<string, unknown>[];
  /** The exit code, or the signal. */
  exited: Promise<number | string | null>;
  /** What the log says of the service, once it is up. */
  up(): Promise<Record<string, unknown>>;
  /** The address of a listener, once the service is up. */
  address(listener: 'webhook' | 'rpc' | 'admin'): Promise<string>;
};

/** Starts `node src/main.ts` with these variables and no others. Ports are chosen by the system
 * and the data lies in a folder of its own, unless the variables say otherwise. Killed when the
 * test ends, or when what `onFinished` was given is called. */
export function startProcess(
  environment: Record<string, string> = {},
  options: {
    nodeArguments?: string[];
    words?: string[];
    folder?: string;
    terminal?: boolean;
    /** Another than src/main.ts: the bundle's, or that of another version. */
    main?: string;
    /** A command that runs the one after it, in some other environment. */
    wrapper?: string[];
    onFinished?: OnFinished;
  } = {},
): RunningProcess {
  const { onFinished = onTestFinished } = options;
  const folder = options.folder ?? createFolder(onFinished);
  const command = [
    ...(options.wrapper ?? []),
    process.execPath,
    ...(options.nodeArguments ?? []),
    options.main ?? SOURCES_MAIN,
    ...(options.words ?? []),
  ];
  const [program = '', ...words] = options.terminal ? inTerminal(command) : command;
  const child = spawn(program, words, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      WEBHOOK_LISTEN: '127.0.0.1:0',
      RPC_LISTEN: '127.0.0.1:0',
      ADMIN_LISTEN: '127.0.0.1:0',
      ...environment,
    },
    // Standard error apart also where standard output is a terminal.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  for (const stream of [child.stderr, child.stdio[3] as Readable])
    stream?.on('data', (chunk) => {
      stderr += chunk;
    });
  const exited = once(child, 'close').then(([code, signal]) => code ?? signal);
  onFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const running: RunningProcess = {
    child,
    folder,
    stdout: () => stdout,
    stderr: () => stderr,
    log: () =>
      stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    exited,
    up: () => logged(running, /^the service is up$/),
    address: async (listener) => String((await running.up())[listener]),
  };
  return running;
}

/** The command with a terminal as its standard output, and descriptor 3 as its standard error. */
function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word}'`).join(' ');
  return ['script', '--quiet', '--return', '--command', `exec ${quoted} 2>&3`, '/dev/null'];
}

/** A folder that is removed when the test ends, or as `startProcess` says. */
export function createFolder(onFinished: OnFinished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'main-'));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Pastes the request of the banner into a shell with this environment, once it is there;
 * resolves with the answer. */
export async function pasteRequest(
  running: RunningProcess,
  environment: Record<string, string>,
): Promise<unknown> {
  const command = await waitFor(() => {
    const [, request] =
      /^Post a session:\n(.*\}'\n)/ms.exec(running.stdout().replaceAll('\r', '')) ?? [];
    if (request === undefined)
      throw new Error(`no request in the banner; the log: ${running.stderr()}`);
    return request;
  });
  const answer = execFileSync('sh', ['-c', command], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(String(answer));
}

/** Resolves with the first line of the log that has this message. */
export function logged(running: RunningProcess, message: RegExp): Promise<Record<string, unknown>> {
  return waitFor(() => {
    const line = running.log().find((each) => message.test(String(each.message)));
    if (line === undefined) throw new Error(`${message} is not in the log: ${running.stderr()}`);
    return line;
  });
}

/** The arguments that make Node run this code first, in both starts of the process, without
 * reading a file. */
export function preloading(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}
