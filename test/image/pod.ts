// A Pod, played by podman: the containers of a manifest, of the rendered chart for instance,
// together with a Redis if wanted.

import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../helm/render.ts';
import { freePorts } from '../support/free-ports.ts';
import { builtImage } from './built-image.ts';
import { playablePod } from './playable-pod.ts';
import { createPodFolders } from './pod-folders.ts';
import { podman, podmanOutcome } from './podman.ts';

/** More than any Pod has ports. */
const PORTS = 8;

/** A real Redis as a container of a Pod, for `STORE_URL: redis://127.0.0.1:6379`. */
export const VALKEY = {
  name: 'valkey',
  image: 'docker.io/valkey/valkey:9.1',
  args: ['valkey-server', '--save', ''],
  securityContext: {
    runAsUser: 999,
    runAsGroup: 999,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
} as const;

export type PlayedPod = {
  /** Where a port of a container is reached: `127.0.0.1:port`. Throws if no container declares
   * it. */
  address(containerPort: number): string;
  /** What a container wrote, to both its streams. */
  output(container: string): Promise<string>;
  /** Runs a command in a container, and answers what it writes to standard output. */
  exec(container: string, ...command: string[]): Promise<string>;
  /** What podman knows of a container. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is podman's.
  inspect(container: string): Promise<any>;
  /** Brings other Secrets and ConfigMaps into the mounted folders, as the kubelet does. */
  exchange(manifests: readonly Manifest[]): void;
  /** Ends all containers as the kubelet does: SIGTERM, and SIGKILL after the grace period. */
  stop(): Promise<void>;
};

/**
 * Plays the one workload among these manifests (Pod, Deployment, StatefulSet or Job) with the
 * Secrets and ConfigMaps among them; other kinds are passed over. Removed when the test ends.
 */
export async function playPod(
  manifests: readonly Manifest[],
  { beside = [] }: { beside?: readonly object[] } = {},
): Promise<PlayedPod> {
  await builtImage();
  const name = `session-pod-${randomBytes(4).toString('hex')}`;
  const folders = createPodFolders(manifests);
  const free = await freePorts(PORTS);
  const published = new Map<number, number>();
  const hostPort = (containerPort: number) => {
    const port = published.get(containerPort) ?? free.pop();
    if (port === undefined) throw new Error(`a Pod has more than ${PORTS} ports`);
    published.set(containerPort, port);
    return port;
  };
  const pod = playablePod({ manifests, beside }, { name, folders, hostPort });
  onTestFinished(async () => {
    await podman('pod', 'rm', '--force', '--ignore', '--time=0', name);
    folders.remove();
  });
  const playing = await podmanOutcome(['kube', 'play', '--network=podman', '-'], stringify(pod));
  if (playing.code !== 0) throw new Error(playing.stderr);
  const graceSeconds: number = pod.spec.terminationGracePeriodSeconds ?? 30;
  const inspect = async (container: string) =>
    JSON.parse(await podman('inspect', `${name}-${container}`))[0];
  return {
    address(containerPort) {
      const port = published.get(containerPort);
      if (port === undefined)
        throw new Error(`no container of the Pod declares port ${containerPort}`);
      return `127.0.0.1:${port}`;
    },
    async output(container) {
      const { stdout, stderr } = await podmanOutcome(['logs', `${name}-${container}`]);
      return stdout + stderr;
    },
    exec: (container, ...command) => podman('exec', `${name}-${container}`, ...command),
    inspect,
    exchange: folders.exchange,
    stop: async () => void (await podman('pod', 'stop', `--time=${graceSeconds}`, name)),
  };
}
