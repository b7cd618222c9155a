// The image as a Pod, next to a real Redis: by a manifest that holds what the charts hold, and no
// more.

import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../helm/render.ts';
import { get, post } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { builtImage, IMAGE } from './built-image.ts';
import { type PlayedPod, playPod, VALKEY } from './pod.ts';

const SECRET = 'the-secret-of-a-played-pod';
const NEXT_SECRET = 'the-next-secret-of-a-played-pod';
const SERVICE = 'session-sidecar';

beforeAll(builtImage);

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
};

const DEPLOYMENT: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'gateway' },
  spec: {
    template: {
      metadata: { labels: { app: 'gateway' } },
      spec: {
        terminationGracePeriodSeconds: 15,
        containers: [
          {
            name: SERVICE,
            image: IMAGE,
            securityContext: RESTRICTED,
            // Commands that are run in the container share its memory.
            resources: { limits: { memory: '256Mi' } },
            env: [
              { name: 'STORE_URL', value: 'redis://127.0.0.1:6379' },
              { name: 'COGNIGY_WEBHOOK_SECRET_FILE', value: '/secrets/webhook' },
            ],
            ports: [{ containerPort: 8080 }, { containerPort: 28464 }],
            volumeMounts: [{ name: 'secrets', mountPath: '/secrets', readOnly: true }],
          },
        ],
        volumes: [{ name: 'secrets', secret: { secretName: 'session' } }],
      },
    },
  },
};

function secretOf(webhook: string): Manifest {
  const data = { webhook: Buffer.from(webhook).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'session' }, data };
}

async function playService(): Promise<PlayedPod> {
  const pod = await playPod([DEPLOYMENT, secretOf(SECRET)], { beside: [VALKEY] });
  await until('the Pod is ready', async () => {
    const answer = await fetch(`http://${pod.address(28464)}/readyz`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  return pod;
}

async function persist(pod: PlayedPod, sessionId: string, secret: string): Promise<number> {
  const url = `http://${pod.address(8080)}/webhook/cognigy/session`;
  const update = { sessionId, variables: { cartTotal: 42.5 } };
  return (await post(url, update, { 'x-api-key': secret })).status;
}

test('in a Pod next to Redis it keeps sessions, and internal services get them over its loopback', async () => {
  const pod = await playService();
  const sessionId = `pod-${randomBytes(4).toString('hex')}`;
  expect(await persist(pod, sessionId, SECRET)).toBe(200);
  const state = `http://${pod.address(8080)}/api/v1/state/${sessionId}`;
  expect(await get(state, { 'x-api-key': SECRET })).toMatchObject({
    status: 200,
    body: { outcome: 'intact' },
  });
  const call = `
    const answer = await fetch('http://127.0.0.1:28051/cognigy.session.v1.SessionService/Restore', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId: '${sessionId}' }),
    });
    process.stdout.write(await answer.text());
  `;
  const restored = await pod.exec(
    SERVICE,
    '/nodejs/bin/node',
    '--input-type=module',
    '--eval',
    call,
  );
  expect(JSON.parse(restored)).toMatchObject({
    session: { sessionId, variables: { cartTotal: 42.5 } },
  });
  expect(await pod.exec('valkey', 'valkey-cli', 'exists', `cgs:{${sessionId}}`)).toBe('1');
  // As the manifest has it: were it lost on the way, all of this would show nothing.
  const { HostConfig, EffectiveCaps, Config } = await pod.inspect(SERVICE);
  expect([HostConfig.ReadonlyRootfs, HostConfig.Memory]).toEqual([true, 256 * 1024 * 1024]);
  expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges']);
  expect([EffectiveCaps ?? [], Config.User]).toEqual([[], '65532:65532']);
});

test('a Secret of the Pod is exchanged while it runs, and it ends with 0 within its grace', async () => {
  const pod = await playService();
  expect(await persist(pod, 'pod-session', NEXT_SECRET)).toBe(401);
  pod.exchange([secretOf(NEXT_SECRET)]);
  await until('the next secret opens', async () =>
    (await persist(pod, 'pod-session', NEXT_SECRET)) === 200 ? true : undefined,
  );
  expect(await persist(pod, 'pod-session', SECRET)).toBe(401);
  await pod.stop();
  expect((await pod.inspect(SERVICE)).State).toMatchObject({ Status: 'exited', ExitCode: 0 });
  expect(await pod.output(SERVICE)).toContain('"message":"shut down"');
});
