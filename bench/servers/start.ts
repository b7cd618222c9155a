// Servers in separate processes, with the resources that each has used so far, as Linux counts
// them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../test/support/free-ports.ts';
import { until } from '../../test/support/until.ts';

export type ServerProcess = {
  port: number;
  /** CPU time of all its threads so far, user and system, in seconds. */
  cpuSeconds(): number;
  /** Memory that it uses now. */
  residentBytes(): number;
  stop(): Promise<void>;
};

/** The service, with all its listeners. `port` is the webhook's. */
export type ServiceProcess = ServerProcess & { rpcPort: number; readyAfterMs: number };

export const SECRET = 'a-secret-of-the-bench';

type ProcessOptions = { args: string[]; environment?: Record<string, string> };

const ROOT = join(import.meta.dirname, '../..');
/** Unit of the times in /proc, the same on every Linux. */
const TICKS_PER_SECOND = 100;
const READY_ASKED_EVERY_MS = 2;
const READY_WITHIN_MS = 60_000;
const LISTENING_WITHIN_MS = 120_000;

/** A machine that is busy with other things makes a run longer, and does not end it. */
const PATIENT = {
  STORE_CONNECT_TIMEOUT_MS: '20000',
  STORE_COMMAND_TIMEOUT_MS: '20000',
  REQUEST_DEADLINE_MS: '60000',
};

/** A checkout may share node_modules through a link, which leads to where it may read nothing. */
const FOLLOW_NO_LINKS = ['--preserve-symlinks', '--preserve-symlinks-main'];

/** The server is killed with this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a floor, or the server of grpc-js that is compared with. */
export async function startFloor(
  protocol: 'http1' | 'grpc' | 'grpc-js',
  redisPort: number,
): Promise<ServerProcess> {
  const [port = 0] = await freePorts(1);
  const floor = 'bench/servers/floor.ts';
  return startServer(`the ${protocol} floor`, {
    ...{ port, command: process.execPath },
    args: [floor, protocol, `${port}`, `${redisPort}`],
  });
}

/** Starts a server that listens on a port, and waits until it does. */
export async function startServer(
  name: string,
  { port, command, ...options }: { port: number; command: string } & ProcessOptions,
): Promise<ServerProcess> {
  const child = startProcess(command, options);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  // Later it ends because it is stopped.
  ended.catch(() => {});
  await Promise.race([ended, until(name, () => isListening(port), LISTENING_WITHIN_MS)]);
  return { port, ...measuresOf(child) };
}

/** Starts the service as users start it, and waits until it is ready. `root` is the folder of
 * another checkout, to compare with; `main` the file to start, if it is that of a bundle. */
export async function startService(
  store: { port: number } | { url: string },
  {
    root = ROOT,
    main = join(root, 'src/main.ts'),
    settings = {},
  }: { root?: string; main?: string; settings?: Record<string, string> } = {},
): Promise<ServiceProcess> {
  const [port = 0, rpcPort = 0, adminPort = 0] = await freePorts(3);
  const startedMs = performance.now();
  const child = startProcess(process.execPath, {
    args: [...(root === ROOT ? [] : FOLLOW_NO_LINKS), main],
    environment: {
      STORE_URL: 'url' in store ? store.url : `redis://127.0.0.1:${store.port}`,
      WEBHOOK_LISTEN: `127.0.0.1:${port}`,
      RPC_LISTEN: `127.0.0.1:${rpcPort}`,
      ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
      COGNIGY_WEBHOOK_SECRET: SECRET,
      LOG_LEVEL: 'error',
      ...PATIENT,
      ...settings,
    },
  });
  const deadlineMs = startedMs + READY_WITHIN_MS;
  while (!(await isReady(adminPort))) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
    if (performance.now() > deadlineMs) throw new Error(`not ready within ${READY_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, READY_ASKED_EVERY_MS));
  }
  return { port, rpcPort, readyAfterMs: performance.now() - startedMs, ...measuresOf(child) };
}

function startProcess(command: string, { args, environment }: ProcessOptions): ChildProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function measuresOf(child: ChildProcess): Omit<ServerProcess, 'port'> {
  const read = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    cpuSeconds() {
      // The name, in parentheses, may contain spaces; user and system time are the 12th and 13th
      // field after it.
      const fields = read('stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    residentBytes: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(read('status'))?.[1]) * 1024,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function isReady(adminPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

function isListening(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
