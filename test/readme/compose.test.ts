// compose.yaml: what `docker compose up` starts. Its script runs here with Redis in place of Valkey
// and with other ports, and the service with the settings that it has there.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { freePorts } from '../support/free-ports.ts';
import { post, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

const { services, volumes } = parse(readFileSync('compose.yaml', 'utf8'));
const { valkey, session } = services;
const chart = parse(readFileSync('helm/cognigy-session-sidecar/values.yaml', 'utf8'));

const SHOWN_PORTS = [7000, 7001, 7002, 7003, 7004, 7005];

test('the images are those of the chart and of this version', () => {
  const { registry, repository, tag } = chart.redisCluster.image;
  expect(valkey.image).toBe(`${registry}/${repository}:${tag}`);
  expect(session.image).toBe(`${manifest.name}:${manifest.version}`);
});

test('only this machine reaches what is published', () => {
  expect(valkey.ports.length).toBeGreaterThan(0);
  for (const port of valkey.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  expect(session.ports).toBeUndefined();
});

test('the service waits for the cluster, and shares its addresses', () => {
  expect(session.network_mode).toBe('service:valkey');
  expect(session.depends_on).toEqual({ valkey: { condition: 'service_healthy' } });
  expect(valkey.volumes).toEqual([`${Object.keys(volumes)[0]}:${valkey.working_dir}`]);
});

test('its commands start a cluster, twice, on which a session is saved and restored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const programs = mkdtempSync(join(tmpdir(), 'compose-programs-'));
  onTestFinished(() => rmSync(programs, { recursive: true, force: true }));
  for (const program of ['server', 'cli'])
    symlinkSync(pathOf(`redis-${program}`), join(programs, `valkey-${program}`));
  const ports = await freePorts(SHOWN_PORTS.length);
  const withPorts = (text: string) =>
    SHOWN_PORTS.reduce((all, port, place) => all.replaceAll(`${port}`, `${ports[place]}`), text);
  const environment = { ...process.env, PATH: `${programs}:${process.env.PATH}` };

  const [shell, flag, script] = valkey.command.map((part: string) =>
    // As Compose reads it.
    withPorts(part.replaceAll('$$', '$')),
  );
  expect([shell, flag]).toEqual(['sh', '-c']);
  const start = () => spawn(shell, [flag, script], { cwd: folder, env: environment });
  const isHealthy = () => {
    const [, command] = valkey.healthcheck.test;
    try {
      execFileSync('sh', ['-c', withPorts(command)], { env: environment, stdio: 'ignore' });
      return true;
    } catch {
      return undefined;
    }
  };

  const first = start();
  onTestFinished(() => stop(first));
  await until('the cluster to be healthy', isHealthy);
  const app = await startTestApp({ STORE_URL: withPorts(session.environment.STORE_URL) });
  onTestFinished(app.stop);
  const path = `${app.webhook}/webhook/cognigy`;
  const update = { sessionId: 'session-1', variables: { paid: true } };
  expect(await post(`${path}/session`, update)).toMatchObject({ status: 200 });
  expect(await post(`${path}/restore`, { sessionId: 'session-1' })).toMatchObject({
    body: { found: true, variables: { paid: true } },
  });

  await stop(first);
  const second = start();
  onTestFinished(() => stop(second));
  await until('the cluster to be healthy again', isHealthy);
  const restored = await until('the session to be restored', async () => {
    const answer = await post(`${path}/restore`, { sessionId: 'session-1' });
    return answer.status === 200 ? answer : undefined;
  });
  expect(restored.body).toMatchObject({ found: true, variables: { paid: true } });
});

function pathOf(program: string): string {
  return execFileSync('which', [program], { encoding: 'utf8' }).trim();
}

/** As a container is stopped. The end of the shell is that of its servers. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
