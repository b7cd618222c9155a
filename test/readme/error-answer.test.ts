import { expect, onTestFinished, test } from 'vitest';
import { post, startTestApp } from '../support/running-app.ts';
import { documentBlocks } from './readme.ts';

test('the error that the page of errors shows is the one that is answered', async () => {
  const [shown] = documentBlocks('docs/reference/errors.md');
  const app = await startTestApp();
  onTestFinished(app.stop);
  const update = { sessionId: 'session-1', timestamp: 'yesterday' };
  const { status, body } = await post(`${app.webhook}/webhook/cognigy/session`, update);
  expect(status).toBe(400);
  expect(body).toEqual(JSON.parse(shown?.text ?? ''));
});
