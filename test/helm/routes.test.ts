// What is reached from beyond the cluster, by Ingress and by HTTPRoute: the webhook's routes, two
// RPCs where they are asked for, and nothing else. Inspecting and erasing by path stay inside.

import { describe, expect, test } from 'vitest';
import { renderChart, theOnly } from './render.ts';

const GATEWAY = 'session-cognigy-session-sidecar-gateway';
const WEBHOOK = '/cognigy.webhook.v1.WebhookService/';
const RPC = '/cognigy.session.v1.SessionService/';

async function renderRoutes(
  more: { rpcRoutes?: boolean; className?: string; settings?: object } = {},
) {
  const { rpcRoutes = false, className = '', settings = {} } = more;
  const values = {
    settings,
    store: { url: 'redis://redis:6379' },
    gateway: {
      ingress: { enabled: true, className, rpcRoutes, hosts: ['a.example.com', 'b.example.com'] },
      httpRoute: {
        enabled: true,
        rpcRoutes,
        parentRefs: [{ name: 'public' }],
        hostnames: ['a.example.com'],
      },
    },
  };
  const manifests = await renderChart({ values });
  return {
    manifests,
    ingress: theOnly(manifests, 'Ingress'),
    httpRoute: theOnly(manifests, 'HTTPRoute'),
  };
}

describe('the Ingress', () => {
  test('routes both names of the methods of each host to the webhook, and nothing else', async () => {
    const { ingress } = await renderRoutes();
    const backend = { service: { name: GATEWAY, port: { name: 'webhook' } } };
    const paths = ['/webhook/', WEBHOOK].map((path) => ({ path, pathType: 'Prefix', backend }));
    const http = { paths };
    expect(ingress.spec).toEqual({
      rules: [
        { host: 'a.example.com', http },
        { host: 'b.example.com', http },
      ],
    });
  });

  test('routes Persist and Restore as well where that is asked for', async () => {
    const { ingress } = await renderRoutes({ rpcRoutes: true, className: 'traefik' });
    expect(ingress.spec.ingressClassName).toBe('traefik');
    for (const { http } of ingress.spec.rules)
      expect(http.paths).toMatchObject([
        { path: '/webhook/', pathType: 'Prefix' },
        { path: WEBHOOK, pathType: 'Prefix' },
        { path: `${RPC}Persist`, pathType: 'Exact' },
        { path: `${RPC}Restore`, pathType: 'Exact' },
      ]);
  });
});

describe('the HTTPRoute', () => {
  test('has the paths of the Ingress', async () => {
    const { httpRoute } = await renderRoutes();
    expect(httpRoute).toMatchObject({
      apiVersion: 'gateway.networking.k8s.io/v1',
      spec: { parentRefs: [{ name: 'public' }], hostnames: ['a.example.com'] },
    });
    expect(httpRoute.spec.rules).toEqual([
      {
        matches: ['/webhook/', WEBHOOK].map((value) => ({ path: { type: 'PathPrefix', value } })),
        backendRefs: [{ name: GATEWAY, port: 80 }],
      },
    ]);
  });

  test('has the two RPCs exactly', async () => {
    const { httpRoute } = await renderRoutes({ rpcRoutes: true });
    expect(httpRoute.spec.rules[0].matches.slice(2)).toEqual([
      { path: { type: 'Exact', value: `${RPC}Persist` } },
      { path: { type: 'Exact', value: `${RPC}Restore` } },
    ]);
  });
});

test('the session page is served where it is asked for, and no route leads to it', async () => {
  const [off, on] = await Promise.all([
    renderRoutes(),
    renderRoutes({ settings: { SESSION_PAGE: 'on' } }),
  ]);
  expect(JSON.stringify(off.manifests)).not.toContain('SESSION_PAGE');
  const { containers } = theOnly(on.manifests, 'Deployment').spec.template.spec;
  expect(containers[0].env).toContainEqual({ name: 'SESSION_PAGE', value: 'on' });
  expect([on.ingress.spec, on.httpRoute.spec]).toEqual([off.ingress.spec, off.httpRoute.spec]);
});
