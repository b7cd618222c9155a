// Builds and starts the services of the two tutorials. Needs Python 3 with venv, or Java 17 and
// Maven, and their registries for the first build. What is built lies in node_modules/.cache.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../test/support/free-ports.ts';
import { SECRET, type ServerProcess, startServer } from '../servers/start.ts';

const HERE = import.meta.dirname;
const BUILT = join(HERE, '../../node_modules/.cache/bench-peers');

/** Starts the service in Python: one process of uvicorn, as the tutorial starts it. */
export async function startPython(redisPort: number): Promise<ServerProcess> {
  const environment = join(BUILT, 'python');
  const python = join(environment, 'bin/python');
  run('python3', ['-m', 'venv', environment]);
  const requirements = join(HERE, 'python/requirements.txt');
  run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  const [port = 0] = await freePorts(1);
  return await startServer('the service in Python', {
    ...{ port, command: python },
    args: [
      ...['-m', 'uvicorn', 'app:app', '--app-dir', join(HERE, 'python')],
      ...['--host', '127.0.0.1', '--port', `${port}`, '--no-access-log', '--log-level', 'warning'],
    ],
    environment: { ...environmentOf(redisPort), PYTHONDONTWRITEBYTECODE: '1' },
  });
}

/** Starts the service in Java. */
export async function startJava(redisPort: number): Promise<ServerProcess> {
  const folder = join(BUILT, 'java');
  mkdirSync(folder, { recursive: true });
  cpSync(join(HERE, 'java'), folder, { recursive: true });
  run('mvn', ['--quiet', '--batch-mode', '--file', join(folder, 'pom.xml'), 'package']);
  const [port = 0] = await freePorts(1);
  return await startServer('the service in Java', {
    ...{ port, command: 'java' },
    args: ['-jar', join(folder, 'target/dialog-state-1.jar')],
    environment: { ...environmentOf(redisPort), PORT: `${port}` },
  });
}

function environmentOf(redisPort: number): Record<string, string> {
  return { WEBHOOK_SECRET: SECRET, REDIS_PORT: `${redisPort}` };
}

function run(command: string, args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
