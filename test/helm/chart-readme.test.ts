// The README of the chart and the pages about Kubernetes, where they can be wrong: the table of
// values, what must be pasted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DOCUMENTED_CHARTS, withValuesTable } from '../../helm/write-values-table.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { post, startTestApp } from '../support/running-app.ts';

const ACL_PAGE = readFileSync('docs/operate/redis.md', 'utf8');

test.each(DOCUMENTED_CHARTS)('the table of values in %s is the one of its comments', (folder) => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
  expect(withValuesTable(readme, values), 'npm run write-values').toBe(readme);
  expect(readme.match(/^\| `[\w.]+` \| .+ \| .+ \|$/gm)?.length).toBeGreaterThan(12);
});

const TABLE = '| value | default | what it is for |\n|---|---|---|\n';

test('a row has the whole comment, the path and the default', () => {
  const values = `
# Not of the table.
# -- How long,
# in seconds.
seconds: 5
#  seconds: 6
section:
  # -- One of them.
  one: ""
  # -- A list.
  list: [a]
# -- All of these.
others:
  a: 1
  b: { c: 2 }
`;
  expect(withValuesTable(`above\n${TABLE}| \`old\` | 1 | Gone. |\n\nbelow\n`, values)).toBe(
    `above\n${TABLE}` +
      '| `seconds` | `5` | How long, in seconds. |\n' +
      '| `section.one` | – | One of them. |\n' +
      '| `section.list` | as in `values.yaml` | A list. |\n' +
      '| `others` | as in `values.yaml` | All of these. |\n\nbelow\n',
  );
});

test('a value without a comment is refused, and so is a README without a table', () => {
  const values = '# -- One.\none: 1\nsection:\n  # Plain.\n  two: 2\n';
  expect(() => withValuesTable(TABLE, values)).toThrow('no comment with "# -- " at section.two');
  expect(() => withValuesTable('', 'one: 1\n')).toThrow('the README has no table of values');
});

test('the ACL user that it tells to make may do all that the service does', async () => {
  const [, rule = ''] = /^ACL SETUSER sessions (.*)$/m.exec(ACL_PAGE) ?? [];
  const redis = await startRedisServer();
  try {
    await redis.client.call('ACL', 'SETUSER', 'sessions', ...rule.split(' '));
    const app = await startTestApp({
      STORE_URL: `redis://127.0.0.1:${redis.port}`,
      STORE_USERNAME: 'sessions',
      STORE_PASSWORD: 'a-long-password',
    });
    try {
      const session = { sessionId: 'session-1', userId: 'user-1' };
      const answers = [
        await post(`${app.webhook}/webhook/cognigy/session`, {
          ...session,
          variables: { paid: true },
        }),
        await post(`${app.webhook}/webhook/cognigy/restore`, { userId: 'user-1' }),
        await post(
          `${app.rpc}/cognigy.session.v1.SessionService/Lock`,
          { sessionId: 'session-2' },
          {
            'content-type': 'application/json',
          },
        ),
        await post(`${app.webhook}/webhook/cognigy/delete`, {
          userId: 'user-1',
          allSessions: true,
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
    } finally {
      await app.stop();
    }
  } finally {
    await redis.stop();
  }
});
