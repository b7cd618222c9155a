// What is logged of a refusal. Each test has a service of its own: of many refusals in ten seconds
// only the first is written, so another test's would hide this one's.

import { expect, onTestFinished, test } from 'vitest';
import { post, SECRET, startTestApp } from '../../support/running-app.ts';

async function startApp() {
  const app = await startTestApp();
  onTestFinished(() => app.stop());
  return { app, session: `${app.webhook}/webhook/cognigy/session` };
}

test('a refused credential is logged with what helps to mend it, never with the value', async () => {
  const { app, session } = await startApp();
  await post(session, { sessionId: 's' }, { authorization: 'Bearer  tell-nobody' });
  expect(app.logged).toContainEqual({
    ...{ time: expect.any(String), level: 'warn', message: 'webhook credential refused' },
    ...{
      scheme: 'Bearer',
      receivedLength: 11,
      expectedLengths: [SECRET.length],
      hadWhiteSpace: true,
    },
  });
  expect(JSON.stringify(app.logged)).not.toMatch(new RegExp(`tell-nobody|${SECRET}`));
});

test('a refused body is logged with the names of its fields, bounded, never with their values', async () => {
  const { app, session } = await startApp();
  const fields = Array.from({ length: 30 }, (_, place) => [
    `${place} ${'n'.repeat(50)}`,
    'tell-nobody',
  ]);
  const others = { variables: { pin: 'tell-nobody' }, ...Object.fromEntries(fields) };
  await post(session, { sessionId: 'tell-nobody', timestamp: 'bad', ...others });
  const [line] = app.logged.filter(({ message }) => message === 'webhook request refused');
  expect(line).toMatchObject({ route: '/webhook/cognigy/session', reason: 'invalid' });
  const names = line?.fields as string[];
  expect(names.slice(0, 3)).toEqual(['sessionId', 'timestamp', 'variables']);
  expect([names.length, Math.max(...names.map((name) => name.length))]).toEqual([20, 40]);
  expect(JSON.stringify(app.logged)).not.toContain('tell-nobody');
});

test('a line cannot be broken by what a caller sends', async () => {
  const { app, session } = await startApp();
  await post(session, { sessionId: 's', timestamp: '\n{"level":"error"}\u2028', '\r\nfield': 1 });
  expect(app.logged).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: ['sessionId', 'timestamp', '\r\nfield'] }),
  );
});
