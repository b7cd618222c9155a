// The values of REDACTED_KEYS are shown to nobody who inspects.

import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { get, post, type RunningApp, startTestApp } from '../support/running-app.ts';

let app: RunningApp;
let client: ReturnType<typeof createClient<typeof SessionService>>;

beforeAll(async () => {
  app = await startTestApp({ REDACTED_KEYS: 'iban, Card' });
  const transport = createConnectTransport({ baseUrl: app.rpc, httpVersion: '2' });
  client = createClient(SessionService, transport);
});
afterAll(() => app.stop());

test('inspection hides the values of redacted keys, restore does not', async () => {
  const variables = { IBAN: 'DE89370400440532013000', order: { card: '4111', total: 7.5 } };
  const posted = JSON.stringify({ sessionId: 'redacted', variables });
  // A key may be written with escapes.
  const body = posted.replace('"card"', '"c\\u0061rd"');
  await post(`${app.webhook}/webhook/cognigy/session`, body);
  const inspected = await get(`${app.webhook}/debug/session/redacted`);
  expect(inspected.body.variables).toEqual({
    IBAN: '[redacted]',
    order: { card: '[redacted]', total: 7.5 },
  });
  const { session } = await client.restore({ sessionId: 'redacted' });
  expect(session?.variables).toEqual(variables);
});

test('timelines and explanations hide the values of redacted keys, and what is in them', async () => {
  const sessionId = 'redacted-changes';
  const save = (card: unknown) =>
    client.persist({
      sessionId,
      variables: { IBAN: 'DE89', order: { card: card as string, note: { iban: ['4112'] } } },
    });
  await save({ number: '4111', cvv: '737' });
  await save({ number: '4113' });
  await save('none');
  const { entries } = await client.timeline({ sessionId, valueMaxBytes: 10_000 });
  const hidden = { value: { kind: { case: 'stringValue', value: '[redacted]' } } };
  const change = { pointer: '/variables/order/card', before: hidden, after: hidden };
  expect(entries.slice(1)).toMatchObject([{ changes: [change] }, { changes: [change] }]);
  const explained = await Promise.all(
    [
      '/variables/iban',
      '/variables/IBAN',
      '/variables/order',
      '/variables/order/card/number/0',
    ].map((pointer) => client.explain({ sessionId, pointer, wholeValue: true })),
  );
  expect(explained[3]?.pointer).toBe('/variables/order/card');
  const order = { card: '[redacted]', note: { iban: '[redacted]' } };
  expect(explained[2]?.value?.sizeBytes).toBe(JSON.stringify(order).length);
  const shown = JSON.stringify([entries, explained], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(shown).toContain('[redacted]');
  expect(shown).not.toMatch(/DE89|411[123]|737|number|cvv/);
});
