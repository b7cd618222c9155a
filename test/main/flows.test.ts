import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishConfigMap } from '../support/config-map.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFolder, logged, type RunningProcess, startProcess } from './running-process.ts';

const SECRET = 'configured-secret-configured';
const REQUIRING = (name: string) => JSON.stringify({ variables: { required: [name] } });
/** Two looks at the folder, and some patience with a machine that is busy. */

async function post(running: RunningProcess, body: object) {
  const url = `http://${await running.address('webhook')}/webhook/cognigy/session`;
  const headers = { 'content-type': 'application/json', 'x-api-key': SECRET };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  // biome-ignore lint/suspicious/noExplicitAny: the test compares what is there.
  return { status: response.status, body: (await response.json()) as any };
}

async function adminPage(running: RunningProcess, path: string): Promise<string> {
  return (await fetch(`http://${await running.address('admin')}${path}`)).text();
}

test('definitions validate what is posted, and follow a ConfigMap while the process runs restricted', async () => {
  const folder = createFolder();
  const flowsDir = join(folder, 'flows');
  mkdirSync(flowsDir);
  publishConfigMap(flowsDir, { 'checkout.json': REQUIRING('cartTotal') });
  const running = startProcess({ FLOWS_DIR: 'flows', COGNIGY_WEBHOOK_SECRET: SECRET }, { folder });
  const posted = { sessionId: 's', flowId: 'checkout', variables: { customerId: 'C-1' } };
  const refused = await post(running, posted);
  expect(refused.status).toBe(422);
  expect(refused.body.details).toMatchObject([{ pointer: '/variables/cartTotal' }]);
  expect((await post(running, { ...posted, flowId: 'other' })).status).toBe(200);
  expect((await post(running, { ...posted, variables: undefined })).status).toBe(200);
  expect((await running.up()).permissions).toContain(`read ${flowsDir}/`);

  publishConfigMap(flowsDir, { 'checkout.json': REQUIRING('customerId') });
  await waitFor(async () => expect((await post(running, posted)).status).toBe(200));

  publishConfigMap(flowsDir, { 'checkout.json': '{"variables":{"requird":[]}}' });
  const failed = await logged(running, /a flow definition cannot be used/);
  expect(failed).toMatchObject({ file: 'checkout.json', flow: 'checkout', inForce: 'last good' });
  expect((await post(running, { ...posted, variables: {} })).body.details).toMatchObject([
    { pointer: '/variables/customerId' },
  ]);
  const { status, checks } = JSON.parse(await adminPage(running, '/readyz'));
  expect({ status, flows: checks[1] }).toEqual({
    status: 'ready',
    flows: {
      ...{ name: 'flows', ok: true },
      warnings: [
        'checkout.json: /variables/requird: "requird" is not a keyword of JSON Schema; ' +
          'flow "checkout" keeps its last good one',
      ],
    },
  });
  const metrics = await adminPage(running, '/metrics');
  expect(metrics).toContain('cognigy_session_flow_definitions{state="loaded"} 0\n');
  expect(metrics).toContain('cognigy_session_flow_definitions{state="failed"} 1\n');
  expect(metrics).toMatch(
    /^cognigy_session_flow_violations_total\{flow="checkout",keyword="required"\} [1-9]/m,
  );

  publishConfigMap(flowsDir, {});
  await waitFor(async () =>
    expect((await post(running, { ...posted, variables: {} })).status).toBe(200),
  );
  expect(running.log().map((line) => line.message)).toContain('flow definitions were removed');
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});

test('a slow definition is cut off in a process that may start no thread, and others continue', async () => {
  const folder = createFolder();
  const name = { type: 'string', pattern: '^(a+)+$' };
  writeFileSync(join(folder, 'shop.json'), JSON.stringify({ variables: { properties: { name } } }));
  const running = startProcess({ FLOWS_DIR: folder, COGNIGY_WEBHOOK_SECRET: SECRET });
  const posted = { sessionId: 's', flowId: 'shop' };
  const refused = await post(running, { ...posted, variables: { name: `${'a'.repeat(80)}!` } });
  expect(refused.status).toBe(422);
  expect(refused.body.details).toEqual([
    {
      pointer: '/variables',
      message:
        'send less, or simplify the definition: by the definition of flow "shop" it takes more than 100 ms to validate ' +
        '(what may be slow is at /variables/properties/name/pattern)',
    },
  ]);
  expect((await post(running, { ...posted, variables: { name: 'aaa' } })).status).toBe(200);
  expect(await logged(running, /an update could not be validated in time/)).toMatchObject({
    flow: 'shop',
  });
  expect(await adminPage(running, '/metrics')).toContain(
    'cognigy_session_flow_violations_total{flow="shop",keyword="time"} 1\n',
  );
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});

test('a definition that never was good does not stop the start', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'default.json'), '{');
  const running = startProcess({ FLOWS_DIR: folder, COGNIGY_WEBHOOK_SECRET: SECRET });
  expect((await post(running, { sessionId: 's', variables: { a: 1 } })).status).toBe(200);
  expect(JSON.parse(await adminPage(running, '/readyz')).status).toBe('ready');
  await logged(running, /a flow definition cannot be used/);
});

test.each([
  ['is not there', 'ENOENT', () => join(createFolder(), 'none')],
  [
    'is a file',
    'ENOTDIR',
    () => {
      const path = join(createFolder(), 'file');
      writeFileSync(path, '{}');
      return path;
    },
  ],
])('FLOWS_DIR that %s is a problem of the configuration', async (_what, code, pathOf) => {
  const running = startProcess({ FLOWS_DIR: pathOf() });
  expect(await running.exited).toBe(78);
  expect(running.stderr()).toMatch(
    new RegExp(`^FLOWS_DIR must be a folder that can be read: ${code}.*\\n$`),
  );
});
