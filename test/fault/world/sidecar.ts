// A process of the service that can be killed, paused and started again at any time.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SECRET } from '../../support/running-app.ts';
import { CLOCK_ON_SIGNAL } from './sidecar-clock.ts';
import { until } from './until.ts';

const THIS_VERSION = join(import.meta.dirname, '../../../src/main.ts');
const SHUTDOWN_GRACE_MS = 4000;
/** Of the log, kept for a failure's message. */
const LOG_KEPT = 20_000;

/** Another version of the service. */
export type Version = { name: string; main?: string; nodeArguments?: readonly string[] };

export type Sidecar = {
  name: string;
  pid(): number | undefined;
  /** Its addresses, while it takes requests or is paused. */
  doors(): Doors | undefined;
  start(version?: Version): Promise<void>;
  /** Ends it; resolves when it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  pause(): void;
  resume(): void;
  /** The end of what it wrote to its log. */
  log(): string;
  /** The values of its metrics now, by their lines up to the value; 0 where there is none. */
  metrics(): Promise<(line: string) => number>;
};

/** `http://host:port` of each listener of one process. */
export type Doors = { webhook: string; rpc: string; admin: string };

/** A sidecar that does not run yet. */
export function createSidecar({
  name,
  folder,
  main = THIS_VERSION,
  environment,
}: {
  name: string;
  folder: string;
  main?: string | undefined;
  environment: Record<string, string>;
}): Sidecar {
  let child: ChildProcess | undefined;
  let doors: Doors | undefined;
  let log = '';
  const killNow = () => child?.kill('SIGKILL');
  process.once('exit', killNow);

  return {
    name,
    pid: () => child?.pid,
    doors: () => doors,
    log: () => log,
    async start(version) {
      const started = spawn(
        process.execPath,
        [...(version?.nodeArguments ?? []), ...CLOCK_ON_SIGNAL, version?.main ?? main],
        { cwd: folder, env: environmentOf(environment), stdio: ['ignore', 'ignore', 'pipe'] },
      );
      child = started;
      let lines = '';
      started.stderr?.on('data', (chunk) => {
        if (doors === undefined) lines += chunk;
        log = (log + chunk).slice(-LOG_KEPT);
      });
      const found = until(`${name} to be up`, () => addressesIn(lines));
      const ended = once(started, 'close').then(([code, signal]) => {
        throw new Error(`${name} ended with ${code ?? signal}: ${log}`);
      });
      ended.catch(() => {});
      doors = await Promise.race([found, ended]);
    },
    async end(signal) {
      const ending = child;
      doors = undefined;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const closed = once(ending, 'close');
      ending.kill('SIGCONT');
      ending.kill(signal);
      await closed;
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async metrics() {
      if (doors === undefined) throw new Error(`${name} is down`);
      const lines = (await (await fetch(`${doors.admin}/metrics`)).text()).split('\n');
      return (line) => {
        const found = lines.find((each) => each.startsWith(`${line} `));
        return found === undefined ? 0 : Number(found.slice(line.length));
      };
    },
  };
}

function environmentOf(environment: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    WEBHOOK_LISTEN: '127.0.0.1:0',
    RPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    COGNIGY_WEBHOOK_SECRET: SECRET,
    SHUTDOWN_GRACE_MS: `${SHUTDOWN_GRACE_MS}`,
    ...environment,
  };
}

/** The addresses in the line of the log that says that the service is up. */
function addressesIn(lines: string): Doors | undefined {
  const line = lines.split('\n').find((each) => each.includes('"the service is up"'));
  if (line === undefined || !line.endsWith('}')) return undefined;
  const { webhook, rpc, admin } = JSON.parse(line);
  return { webhook: `http://${webhook}`, rpc: `http://${rpc}`, admin: `http://${admin}` };
}
