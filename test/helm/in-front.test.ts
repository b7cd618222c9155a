// What stands in front of the gateway, as docs/kubernetes/ and an example say it is set up: what is
// pasted from there names what the chart makes. Tried with Traefik; here it is held to that.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHARTS, type Manifest, renderChart, theOnly } from './render.ts';

const PAGE = readFileSync('docs/kubernetes/network.md', 'utf8');
const [, TLS_SECTION = ''] = PAGE.split('\n## TLS\n');
const TRAEFIK = 'traefik.ingress.kubernetes.io';

/** The YAML blocks of the section about TLS. */
const blocks: Manifest[] = [
  ...(TLS_SECTION.split('\n## ')[0] ?? '').matchAll(/```yaml\n(.*?)```/gs),
].map(([, text = '']) => parse(text));

/** The webhook's Service of the page's release, as the values of the section make it. */
async function renderService(): Promise<Manifest> {
  const told = blocks.find((block) => 'gateway' in block) ?? {};
  const values = {
    store: { url: 'redis://redis:6379' },
    webhook: { tls: { existingSecret: 'session-webhook-tls' } },
    ...told,
  };
  return theOnly(
    await renderChart({ values }),
    'Service',
    'session-cognigy-session-sidecar-gateway',
  );
}

test('the BackendTLSPolicy of the page checks the name of the Service, at the port that speaks TLS', async () => {
  const { metadata, spec } = theOnly(blocks, 'BackendTLSPolicy');
  const service = await renderService();
  const [webhook] = service.spec.ports;
  expect(webhook.appProtocol).toBe('https');
  expect(spec.targetRefs).toEqual([
    { group: '', kind: 'Service', name: service.metadata.name, sectionName: webhook.name },
  ]);
  expect(spec.validation.hostname).toBe(`${service.metadata.name}.${metadata.namespace}.svc`);
});

test('the annotations of the page have Traefik speak TLS, by the transport that checks that name', async () => {
  const { metadata, spec } = theOnly(blocks, 'ServersTransport');
  const service = await renderService();
  expect(service.metadata.annotations).toEqual({
    [`${TRAEFIK}/service.serversscheme`]: 'https',
    [`${TRAEFIK}/service.serverstransport`]: `${metadata.namespace}-${metadata.name}@kubernetescrd`,
  });
  expect(spec.serverName).toBe(`${service.metadata.name}.${metadata.namespace}.svc`);
});

test('the example for Traefik keeps the webhook off its plain port', async () => {
  const values = [join(CHARTS.application, 'examples/next-to-cognigy-ai.yaml')];
  const { metadata, spec } = theOnly(await renderChart({ values }), 'Ingress');
  expect(spec.ingressClassName).toBe('traefik');
  expect(metadata.annotations).toEqual({ [`${TRAEFIK}/router.entrypoints`]: 'websecure' });
});
