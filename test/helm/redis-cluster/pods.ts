// The Pods of the bundled cluster, run by podman as Kubernetes would: the rendered scripts,
// environment, user and read-only file system, an address of each Pod's own, a volume that outlives
// it, and a file of hosts for DNS.

import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, podman, podmanOutcome } from '../../image/podman.ts';
import { type Manifest, renderChart, theOnly } from '../render.ts';
import { createNamespaces, pathOf } from './namespaces.ts';

const USER = 999;

export type Pods = Awaited<ReturnType<typeof createPods>>;

/** Where Pods are: on machines 0, 1 and 2 by turns, in no zone, unless a test says otherwise. */
export type Places = {
  machineOf?: (pod: number) => number;
  zoneOf?: (pod: number) => string;
};

/** Lays out what the Pods of a release with these values mount; starts none of them. */
export async function createPods(
  redisCluster: object,
  certificates: Record<string, string> = {},
  { machineOf = (pod) => pod % 3, zoneOf = () => '' }: Places = {},
) {
  const scratch = await mkdtemp(join(tmpdir(), 'pods-'));
  const folder = (name: string) => join(scratch, name);
  const namespaces = await createNamespaces();
  const namePrefix = `cgs${process.pid}`;
  const addresses = new Map<number, string>();
  const led = new Set<number>();
  let starts = 0;
  const running = new Set<number>();
  let manifests: Manifest[] = [];

  for (const name of ['files', 'password', 'tls']) await mkdir(folder(name));
  for (const [name, text] of Object.entries(certificates))
    await writeFile(join(folder('tls'), name), text);
  await writeFile(folder('hosts'), '');
  await upgrade(redisCluster);
  await setPassword('first "password" \\ of all');

  /** Renders the chart with these values, as an upgrade does, and lays the ConfigMap out anew. */
  async function upgrade(values: object): Promise<void> {
    manifests = await renderChart({ values: { redisCluster: { enabled: true, ...values } } });
    const config = manifests.find(({ kind, data }) => kind === 'ConfigMap' && data['start.sh']);
    for (const [name, text] of Object.entries(config?.data ?? {}))
      await writeFile(join(folder('files'), name), text as string);
  }

  async function setPassword(password: string): Promise<void> {
    await writeFile(join(folder('password'), 'redis-password'), password);
  }

  const hostOf = (pod: number): string => {
    const { metadata, spec } = theOnly(manifests, 'StatefulSet');
    return `${metadata.name}-${pod}.${spec.serviceName}.bots.svc`;
  };

  /** Parameters of `podman run` for the one container of a Pod. */
  // biome-ignore lint/suspicious/noExplicitAny: a Pod's specification has a hundred members.
  function containerParameters(spec: any, fields: Record<string, string>): string[] {
    const [container] = spec.containers;
    const environment = container.env.flatMap(
      (variable: { name: string; value?: string; valueFrom?: object }) => {
        const field = /"(?:fieldPath|resource)":"([^"]*)"/.exec(
          JSON.stringify(variable.valueFrom ?? {}),
        )?.[1];
        return ['--env', `${variable.name}=${variable.value ?? fields[field ?? '']}`];
      },
    );
    const mounts = container.volumeMounts.flatMap(
      ({ name, mountPath }: { name: string; mountPath: string }) => {
        if (name === 'run')
          return ['--mount', `type=tmpfs,destination=${mountPath},tmpfs-mode=1777`];
        if (name === 'data') return ['--volume', `${fields.data}:${mountPath}`];
        return ['--volume', `${folder(name)}:${mountPath}:ro`];
      },
    );
    const { runAsUser, runAsGroup } = container.securityContext;
    return [
      ...['--pull=never', '--no-hosts', '--volume', `${folder('hosts')}:/etc/hosts:ro`],
      ...[
        '--read-only',
        '--read-only-tmpfs=false',
        '--cap-drop=all',
        '--security-opt=no-new-privileges',
      ],
      ...[`--user=${runAsUser}:${runAsGroup}`, '--entrypoint', JSON.stringify(container.command)],
      ...environment,
      ...mounts,
      container.image,
    ];
  }

  async function writeHosts(): Promise<void> {
    const lines = [...addresses].map(([pod, address]) => `${address} ${hostOf(pod)}\n`);
    await writeFile(folder('hosts'), `127.0.0.1 localhost\n${lines.join('')}`);
  }

  /** Has the name of a Pod lead to the address of another one, where it also starts the next
   * time. */
  async function lead(pod: number, to: number): Promise<void> {
    addresses.set(pod, addresses.get(to) as string);
    led.add(pod);
    await writeHosts();
  }

  /** Starts Pods at new addresses of their own, all at once, each on its machine. */
  async function start(...pods: number[]): Promise<void> {
    starts++;
    for (const pod of pods) if (!led.delete(pod)) addresses.set(pod, `10.77.${starts}.${10 + pod}`);
    await writeHosts();
    await Promise.all(
      pods.map(async (pod) => {
        const address = addresses.get(pod) as string;
        const namespace = await namespaces.place(pod, address);
        const data = folder(`data-${pod}`);
        await mkdir(data, { recursive: true });
        await chown(data, USER, USER);
        const { spec, metadata } = theOnly(manifests, 'StatefulSet');
        const parameters = containerParameters(spec.template.spec, {
          data,
          'metadata.name': `${metadata.name}-${pod}`,
          'status.podIP': address,
          'spec.nodeName': `machine-${machineOf(pod)}`,
          "metadata.labels['topology.kubernetes.io/zone']": zoneOf(pod),
          'limits.memory': String(256 * 1024 * 1024),
        });
        await podman(
          'run',
          '--detach',
          `--network=ns:${pathOf(namespace)}`,
          '--name',
          nameOf(pod),
          ...parameters,
        );
        running.add(pod);
      }),
    );
  }

  const nameOf = (pod: number): string => `${namePrefix}-${pod}`;

  /** Ends Pods: SIGTERM and the grace period, or SIGKILL. Returns what each logged. */
  async function end(signal: 'SIGTERM' | 'SIGKILL', ...pods: number[]): Promise<string[]> {
    return Promise.all(
      pods.map(async (pod) => {
        const { terminationGracePeriodSeconds } = theOnly(manifests, 'StatefulSet').spec.template
          .spec;
        const grace = signal === 'SIGTERM' ? terminationGracePeriodSeconds : 0;
        await podman('stop', '--time', String(grace), nameOf(pod));
        const { stdout, stderr } = await podmanOutcome(['logs', nameOf(pod)]);
        await podman('rm', '--force', nameOf(pod));
        running.delete(pod);
        return stdout + stderr;
      }),
    );
  }

  /** Runs a command in a Pod. */
  const exec = (pod: number, ...command: string[]): Promise<Outcome> =>
    podmanOutcome(['exec', nameOf(pod), ...command]);

  return {
    hub: pathOf(namespaces.hub),
    hostsFile: folder('hosts'),
    passwordFile: join(folder('password'), 'redis-password'),
    tlsFolder: folder('tls'),
    hostOf,
    upgrade,
    setPassword,
    lead,
    start,
    end,
    exec,
    logs: async (pod: number) => {
      const { stdout, stderr } = await podmanOutcome(['logs', nameOf(pod)]);
      return stdout + stderr;
    },
    /** What a node answers to a command. Rejects where it answers an error, or not at all. */
    async ask(pod: number, ...command: string[]): Promise<string> {
      const script = '. /etc/valkey/client.sh && ask 127.0.0.1 "$@"';
      const { code, stdout, stderr } = await exec(pod, 'sh', '-c', script, 'sh', ...command);
      if (code !== 0) throw new Error(`${command.join(' ')} at ${pod}: ${stdout}${stderr}`);
      return stdout;
    },
    /** Whether the readiness probe succeeds. */
    isReady: async (pod: number) => (await exec(pod, 'sh', '/etc/valkey/ready.sh')).code === 0,
    /** Runs the Job once; it gives up sooner than in earnest. */
    async runJob(environment: Record<string, string> = { WAIT_SECONDS: '40' }): Promise<Outcome> {
      const job = manifests.find(
        ({ kind, metadata }) => kind === 'Job' && metadata.name.includes('-create-'),
      );
      const extra = Object.entries(environment).flatMap(([name, value]) => [
        '--env',
        `${name}=${value}`,
      ]);
      const parameters = containerParameters(job?.spec.template.spec, {});
      return podmanOutcome([
        'run',
        '--rm',
        `--network=ns:${pathOf(namespaces.hub)}`,
        ...extra,
        ...parameters,
      ]);
    },
    /** Takes the volume of a Pod that has ended. */
    loseVolume: (pod: number) => rm(folder(`data-${pod}`), { recursive: true }),
    async remove(): Promise<void> {
      await Promise.all(
        [...running].map((pod) => podman('rm', '--force', '--time', '0', nameOf(pod))),
      );
      await namespaces.remove();
      await rm(scratch, { recursive: true });
    },
  };
}
