// A real Redis server, or a sentinel, as a child process, in a folder of its own under the system's
// temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Redis } from 'ioredis';
import type { IssuedCertificate, TestAuthority } from './certificates.ts';
import { freePorts } from './free-ports.ts';
import { until } from './until.ts';

export type RedisServer = {
  host: string;
  port: number;
  /** Where its files are. */
  folder: string;
  /** Of its process, while there is one. */
  pid(): number | undefined;
  /** For tests that look behind the store's back. */
  client: Redis;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again after kill(), on the same port and files. */
  start(): Promise<void>;
  /** Keeps its connections open and answers nothing, until resume(). */
  pause(): void;
  resume(): void;
  /** Whether it was started and neither killed nor paused since. */
  isServing(): boolean;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
};

/** How a server speaks TLS, which it then does with everybody. */
export type ServerTls = {
  /** Whose certificates it trusts. */
  authority: TestAuthority;
  certificate: IssuedCertificate;
  /** Whether its clients must present one. */
  wantsCertificates?: boolean;
};

export type RedisServerOptions = {
  /** One that takes several values has them in a list. */
  settings?: Record<string, string | string[]>;
  port?: number;
  tls?: ServerTls;
  /** Variables for its process, over those of this one. */
  environment?: Record<string, string>;
  /** Another server that speaks the same protocol, such as `valkey-server`. */
  program?: string;
};

const HOST = '127.0.0.1';

/** Starts a server on a free port, or the given one. It keeps nothing on disk unless told to. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await prepareRedisServer(options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** A server that does not run yet: start() starts it. With `sentinel`, the lines of a sentinel's
 * file. */
export async function prepareRedisServer({
  settings = {},
  port: wanted,
  sentinel,
  tls,
  environment,
  program = 'redis-server',
}: RedisServerOptions & { sentinel?: string[] } = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'session-redis-'));
  const [freePort = 0, busPort = 0] = await freePorts(2);
  const port = wanted ?? freePort;
  const all = {
    port: `${port}`,
    bind: HOST,
    dir: folder,
    save: '',
    appendonly: 'no',
    logfile: 'log',
    // The default, 10 000 above, is where the system takes ports for outgoing connections.
    ...(settings['cluster-enabled'] === 'yes' && { 'cluster-port': `${busPort}` }),
    ...(tls && tlsSettings(port, tls)),
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]);
  if (sentinel !== undefined) {
    // A sentinel keeps what it learns in the file that it was started with.
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, sentinel.map((line) => `${line}\n`).join(''));
    args.unshift(file, '--sentinel');
  }
  const client = new Redis({
    host: HOST,
    port,
    password: settings.requirepass?.toString(),
    ...(tls && { tls: clientTls(tls) }),
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: 0,
    commandTimeout: 5000,
  });
  client.on('error', () => {});
  let child: ChildProcess | undefined;
  let paused = false;
  const killNow = () => child?.kill('SIGKILL');
  process.once('exit', killNow);

  const gone = async () => {
    const ended = child;
    child = undefined;
    if (ended?.pid === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    await new Promise((resolve) => {
      ended.once('exit', resolve);
      ended.kill('SIGKILL');
    });
  };

  return {
    host: HOST,
    port,
    folder,
    pid: () => child?.pid,
    client,
    kill: gone,
    async start() {
      const started = spawn(program, args, {
        stdio: 'ignore',
        env: { ...process.env, ...environment },
      });
      child = started;
      paused = false;
      const failed = new Promise<never>((_, refuse) => {
        started.once('error', (error: NodeJS.ErrnoException) =>
          refuse(error.code === 'ENOENT' ? missing(program) : error),
        );
        started.once('exit', async (code) =>
          refuse(new Error(`${program} ended with ${code}`, { cause: await logOf(folder) })),
        );
      });
      failed.catch(() => {});
      const answering = until(
        `redis-server on port ${port}`,
        async () => (await answers(port, tls)) || undefined,
      );
      await Promise.race([failed, answering]);
    },
    pause() {
      paused = true;
      child?.kill('SIGSTOP');
    },
    resume() {
      paused = false;
      child?.kill('SIGCONT');
    },
    isServing: () => child !== undefined && !paused,
    async stop() {
      client.disconnect();
      await gone();
      process.removeListener('exit', killNow);
      // A child that saves a snapshot may be writing still.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

function tlsSettings(port: number, { authority, certificate, wantsCertificates }: ServerTls) {
  return {
    port: '0',
    'tls-port': `${port}`,
    'tls-ca-cert-file': authority.caPath,
    'tls-cert-file': certificate.certPath,
    'tls-key-file': certificate.keyPath,
    'tls-auth-clients': wantsCertificates ? 'yes' : 'no',
    'tls-replication': 'yes',
    'tls-cluster': 'yes',
  };
}

/** A test goes on looking behind the back of a server that it gave a wrong certificate. */
function clientTls({ certificate: { cert, key } }: ServerTls) {
  return { cert, key, rejectUnauthorized: false };
}

function missing(program: string): Error {
  return new Error(`${program} is not installed; on Debian: sudo apt-get install -y ${program}`);
}

/** Whether somebody speaks Redis there, if only to say that it is loading, or wants a password. */
function answers(port: number, tls: ServerTls | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = () => socket.write('PING\r\n');
    const socket = tls ? connectTls(port, HOST, clientTls(tls), ask) : connect(port, HOST, ask);
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.setTimeout(1000, () => socket.destroy());
  });
}

async function logOf(folder: string): Promise<string> {
  return await readFile(join(folder, 'log'), 'utf8').catch(() => 'no log');
}
