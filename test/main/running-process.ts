import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const WAIT_MS = 10_000;

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
  /** What the banner says of a listener, once it is there. */
  address(listener: 'webhook' | 'rpc' | 'admin'): Promise<string>;
};

/** Starts `node src/main.ts` with these variables and no others. Ports are chosen by the system and the data
 * lies in a folder of its own, unless the variables say otherwise. Killed when the test ends. */
export function startProcess(
  environment: Record<string, string> = {},
  options: { nodeArguments?: string[]; folder?: string } = {},
): RunningProcess {
  const folder = options.folder ?? createFolder();
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), MAIN], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      WEBHOOK_LISTEN: '127.0.0.1:0',
      RPC_LISTEN: '127.0.0.1:0',
      ADMIN_LISTEN: '127.0.0.1:0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'close').then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
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
    address: (listener) =>
      vi.waitFor(
        () => {
          const address = new RegExp(`^ {2}${listener} +(?:https?://)?(\\S+)`, 'm').exec(stdout)?.[1];
          if (address === undefined) throw new Error(`no ${listener} in the banner; the log: ${stderr}`);
          return address;
        },
        { timeout: WAIT_MS },
      ),
  };
  return running;
}

/** A folder that is removed when the test ends. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'main-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Pastes the request of the banner into a shell with this environment, once it is there; resolves with the answer. */
export async function pasteRequest(
  running: RunningProcess,
  environment: Record<string, string>,
): Promise<unknown> {
  await running.address('webhook');
  const command = running.stdout().split('Post a session:\n')[1] ?? '';
  const answer = execFileSync('sh', ['-c', command], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(String(answer));
}

/** Resolves with the first line of the log that has this message. */
export function logged(running: RunningProcess, message: RegExp): Promise<Record<string, unknown>> {
  return vi.waitFor(
    () => {
      const line = running.log().find((each) => message.test(String(each.message)));
      if (line === undefined) throw new Error(`${message} is not in the log: ${running.stderr()}`);
      return line;
    },
    { timeout: WAIT_MS },
  );
}

/** The arguments that make Node run this code first, in both starts of the process, without reading a file. */
export function preloading(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}
