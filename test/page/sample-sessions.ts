// Sessions as a shop's bot leaves them, for tests and pictures of the page.

import type { RunningApp } from '../support/running-app.ts';

export const SHOP_SESSION = 'web-7f3c9a52-4c0e-4d1b-9a57-2e6d8f11c0aa';
export const SHOP_USER = 'alice@example.com';

type Update = Record<string, unknown>;

/** Calls a method of the service by Connect with JSON; throws if it is refused. */
export async function callRpc(
  { rpc }: Pick<RunningApp, 'rpc'>,
  method: string,
  request: object,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${rpc}/cognigy.session.v1.SessionService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${method} answered ${answer.status}: ${JSON.stringify(body)}`);
  return body as Record<string, unknown>;
}

/** The updates of one conversation about an order. */
function conversation(startMs: number): Update[] {
  const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();
  const items = [
    { sku: 'LMP-204', name: 'Desk lamp, oak', quantity: 1, price: 79.9 },
    { sku: 'BLB-E27', name: 'Bulb E27, warm', quantity: 2, price: 6.5 },
  ];
  return [
    {
      ...{ flowId: 'welcome', sequence: 1, timestamp: at(0), userId: SHOP_USER },
      variables: { locale: 'sv-SE', channel: 'webchat', isReturning: true },
      context: { intent: 'greeting', confidence: 0.98 },
      history: [{ nodeId: 'start' }, { nodeId: 'greeting' }],
    },
    {
      ...{ flowId: 'catalogue', sequence: 2, timestamp: at(41) },
      variables: { cart: { items: items.slice(0, 1), total: 79.9 }, coupon: 'WINTER10' },
      context: { intent: 'add-to-cart', confidence: 0.91 },
      history: [{ nodeId: 'product-search' }, { nodeId: 'add-to-cart' }],
    },
    {
      ...{ flowId: 'catalogue', sequence: 3, timestamp: at(73) },
      variables: { cart: { items, total: 92.9 } },
      context: { intent: 'add-to-cart', confidence: 0.87, recommended: ['SHD-110', 'CBL-3M'] },
      history: [{ nodeId: 'add-to-cart' }],
    },
    {
      ...{ flowId: 'checkout', sequence: 4, timestamp: at(120) },
      variables: {
        address: { street: 'Storgatan 12', postalCode: '111 23', city: 'Stockholm' },
        iban: 'SE45 5000 0000 0583 9825 7466',
        delivery: 'parcel-locker',
      },
      removedVariables: ['coupon'],
      context: { intent: 'checkout', confidence: 0.95 },
      history: [{ nodeId: 'address' }, { nodeId: 'payment' }],
    },
    {
      ...{ flowId: 'checkout', sequence: 5, timestamp: at(164) },
      variables: {
        delivery: 'home',
        transcript: Array.from({ length: 24 }, (_, turn) => ({
          turn,
          from: turn % 2 === 0 ? 'user' : 'bot',
          text: `Message ${turn} of the conversation about the lamp and its delivery.`,
        })),
      },
      history: [{ nodeId: 'delivery' }],
    },
    // Arrives late: it happened before the update that set `delivery` last.
    {
      ...{ flowId: 'checkout', sequence: 4, timestamp: at(131) },
      variables: { delivery: 'pick-up', giftWrap: true },
    },
  ];
}

/** Stores the shop's session, and a few others of the same and of other users. */
export async function storeSampleSessions(
  app: Pick<RunningApp, 'rpc'>,
  headers: Record<string, string> = {},
): Promise<void> {
  const startMs = Date.now() - 9 * 60_000;
  for (const update of conversation(startMs))
    await callRpc(app, 'Persist', { sessionId: SHOP_SESSION, ...update }, headers);
  const others: [string, string, string][] = [
    ['web-1b0d62f4-88f2-4a66-8c1e-60d1f2a7e903', SHOP_USER, 'returns'],
    ['voice-+46701740605-20261130', SHOP_USER, 'order-status'],
    ['web-c2a4f0de-03a1-47bb-9a0f-5d0b6cf3a118', 'b.okafor@example.com', 'catalogue'],
    ['whatsapp-4915112345678', 'm.schneider@example.com', 'checkout'],
  ];
  for (const [place, [sessionId, userId, flowId]] of others.entries())
    await callRpc(
      app,
      'Persist',
      {
        ...{ sessionId, userId, flowId },
        timestamp: new Date(startMs - (place + 1) * 47 * 60_000).toISOString(),
        variables: { locale: 'en-GB', step: place + 1 },
        context: { intent: flowId },
      },
      headers,
    );
}
