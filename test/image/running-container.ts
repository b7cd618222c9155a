// The image as a container of its own, with all that can be taken away from it taken away.

import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { builtImage, IMAGE } from './built-image.ts';
import { type Outcome, podman, podmanOutcome } from './podman.ts';

export const SECRET = 'a-secret-of-the-image-suite';

/** No file can be written, not even a temporary one; nobody in particular, with no right of root. */
const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--user=65532:65532',
  '--network=host',
];

export type ContainerOptions = {
  environment?: Record<string, string>;
  /** With its unit: all that it may take, swap included. */
  memory?: string;
  /** As podman takes them: `source:target`. */
  volumes?: string[];
  /** What stands behind the image's name. */
  command?: string[];
};

export type RunningContainer = {
  name: string;
  /** The base URL of each listener. */
  webhook: string;
  rpc: string;
  admin: string;
  /** The lines of the log so far, parsed. */
  log(): Promise<Record<string, unknown>[]>;
  signal(signal: string): Promise<void>;
  /** The exit code, once it has ended. */
  exited: Promise<number>;
};

/** Starts the service on the machine's loopback and waits until it is ready. Removed when the
 * test ends. */
export async function startContainer(options: ContainerOptions = {}): Promise<RunningContainer> {
  await builtImage();
  const name = `session-image-${randomBytes(4).toString('hex')}`;
  const [webhook, rpc, admin] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
  const listen = { WEBHOOK_LISTEN: `${webhook}`, RPC_LISTEN: `${rpc}`, ADMIN_LISTEN: `${admin}` };
  const environment = { COGNIGY_WEBHOOK_SECRET: SECRET, ...listen, ...options.environment };
  onTestFinished(async () => void (await podman('rm', '--force', '--ignore', '--time=0', name)));
  await podman('run', '--detach', `--name=${name}`, ...argumentsOf({ ...options, environment }));
  const log = async () => jsonLines((await podmanOutcome(['logs', name])).stderr);
  const exited = podman('wait', name).then(Number);
  const ended = exited.then(async (code) => {
    throw new Error(`${name} ended with ${code}: ${(await podmanOutcome(['logs', name])).stderr}`);
  });
  ended.catch(() => {});
  const ready = until(`${name} is ready`, async () => {
    const answer = await fetch(`http://${admin}/readyz`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  await Promise.race([ready, ended]);
  return {
    name,
    webhook: `http://${webhook}`,
    rpc: `http://${rpc}`,
    admin: `http://${admin}`,
    log,
    signal: async (signal) => void (await podman('kill', `--signal=${signal}`, name)),
    exited,
  };
}

/** Runs a container that ends by itself. */
export async function runContainer(options: ContainerOptions): Promise<Outcome> {
  await builtImage();
  return podmanOutcome(['run', '--rm', ...argumentsOf(options)]);
}

function argumentsOf({
  environment = {},
  memory = '128m',
  volumes = [],
  command = [],
}: ContainerOptions): string[] {
  return [
    ...HARDENED,
    `--memory=${memory}`,
    `--memory-swap=${memory}`,
    ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
    ...volumes.map((volume) => `--volume=${volume}`),
    IMAGE,
    ...command,
  ];
}

function jsonLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}
