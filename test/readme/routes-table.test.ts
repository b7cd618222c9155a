import { expect, test } from 'vitest';
import { SessionService as SessionServiceDesc } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { WebhookService } from '../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import type { SessionService } from '../../src/service/session-service.ts';
import { SESSION_PAGE } from '../../src/transport/page/session-page.ts';
import { HEALTH_PAGES } from '../../src/transport/webhook/health-pages.ts';
import { createWebhookRoutes } from '../../src/transport/webhook/webhook-routes.ts';
import { codeSpans, pageTable } from './readme.ts';

const RPC_PREFIX = `POST /${SessionServiceDesc.typeName}/`;

const routesOf = (listener: string) =>
  pageTable('reference/routes.md', 'listener')
    .filter(([first]) => first === listener)
    .map(([, route = '']) => codeSpans(route)[0] ?? '');

test('the table of routes has the methods and routes of the webhook, in their order', () => {
  const methods = WebhookService.methods.map(
    ({ name, parent }) => `POST /${parent.typeName}/${name}`,
  );
  const routes = createWebhookRoutes({} as SessionService).map(
    ({ method, pattern }) => `${method} ${pattern}`,
  );
  const shown = routesOf('webhook').filter((route) => !route.startsWith(RPC_PREFIX));
  const pages = HEALTH_PAGES.map((path) => `GET ${path}`);
  expect(shown).toEqual([...methods, ...routes, ...pages]);
});

test('the table of routes has the methods of the service, and its page', () => {
  const methods = SessionServiceDesc.methods.map(({ name }) => RPC_PREFIX + name);
  expect(routesOf('rpc')).toEqual([...methods, `GET ${SESSION_PAGE}`]);
});
