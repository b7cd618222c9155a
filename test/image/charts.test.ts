// What the charts render, played as Pods next to a real Redis: the gateway, and the example with
// its sidecar.

import { beforeAll, expect, test } from 'vitest';
import { type Manifest, renderChart, theOnly } from '../helm/render.ts';
import { get, post } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { builtImage } from './built-image.ts';
import { type PlayedPod, playPod, VALKEY } from './pod.ts';

beforeAll(builtImage);

/** In the Pod itself. */
const STORE = { url: 'redis://127.0.0.1:6379' };

/** Plays the one Deployment among the manifests, next to a Redis. */
function playDeployment(manifests: Manifest[]): Promise<PlayedPod> {
  const read = manifests.filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap');
  return playPod([theOnly(manifests, 'Deployment'), ...read], { beside: [VALKEY] });
}

async function untilAnswered(pod: PlayedPod, port: number, path: string): Promise<void> {
  await until(`${path} is answered`, async () => {
    const answer = await fetch(`http://${pod.address(port)}${path}`).catch(() => undefined);
    return answer?.ok || undefined;
  });
}

test('the gateway takes updates with the secret that the chart made, by the definitions of the values', async () => {
  const variables = { type: 'object', properties: { cartTotal: { type: 'number' } } };
  const values = { store: STORE, flows: { definitions: { 'default.json': { variables } } } };
  const manifests = await renderChart({ values, cluster: [] });
  const secret = atob(theOnly(manifests, 'Secret').data['webhook-secret']);
  const pod = await playDeployment(manifests);
  await untilAnswered(pod, 28464, '/readyz');

  const webhook = `http://${pod.address(8080)}/webhook/cognigy`;
  const update = { sessionId: 'played', variables: { cartTotal: 42.5 } };
  const credential = { 'x-api-key': secret };
  expect((await post(`${webhook}/session`, update)).status).toBe(401);
  expect((await post(`${webhook}/session`, update, credential)).status).toBe(200);
  expect(
    (await post(`${webhook}/restore`, { sessionId: 'played' }, credential)).body,
  ).toMatchObject({
    found: true,
    variables: { cartTotal: 42.5 },
  });
  const wrong = { ...update, variables: { cartTotal: {} } };
  expect((await post(`${webhook}/session`, wrong, credential)).status).toBe(422);
});

test.each(['loopback', 'socket'])('an application finds its sidecar: %s', async (listen) => {
  const values = { sessionSidecar: { store: STORE, rpc: { listen } } };
  const pod = await playDeployment(await renderChart({ chart: 'example', values }));
  await untilAnswered(pod, 28464, '/readyz');
  await untilAnswered(pod, 8080, '/healthz');

  const orders = `http://${pod.address(8080)}/orders/played`;
  expect((await post(`${orders}/shipped`, {})).status).toBe(200);
  expect(await get(orders)).toMatchObject({
    status: 200,
    body: { sessionId: 'played', shipped: true },
  });
});
