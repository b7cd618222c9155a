import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples/flows');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-flows-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** Runs the command as npm does. */
function check(...words: string[]): { code: number | null; lines: string[]; stderr: string } {
  const command = [join(ROOT, 'src/commands/check-flows.ts'), ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { code: status, lines: stdout.trimEnd().split('\n'), stderr };
}

/** Checks a body against the examples; gives what is said of it. */
function verdictOn(body: unknown): { code: number | null; lines: string[] } {
  const path = join(folder, 'body.json');
  writeFileSync(path, typeof body === 'string' ? body : JSON.stringify(body));
  const { code, lines } = check(EXAMPLES, path);
  return { code, lines: lines.slice(lines.indexOf('2 files, 0 with problems') + 1) };
}

test('the examples are in order, and are shown with what they say', () => {
  expect(check(EXAMPLES)).toEqual({
    code: 0,
    stderr: '',
    lines: [
      'checkout.json: flow "checkout"',
      '  The checkout: carts of registered and anonymous customers.',
      '  variables: customerId (string or null), cartTotal (#/$defs/money, required), paid (boolean), ' +
        'items (array), no others',
      '  context: intent (any), deliverOn (string)',
      '  coerce: true',
      '  ttl: PT2H',
      '  historyMaxEntries: 50',
      '  fallback: variables cartTotal; context intent',
      'default.json: flow "default", and every flow without a definition of its own',
      '  Applies to every flow that has no definition of its own.',
      '  variables: customerId (string, required), cartTotal (number, required)',
      '  context: not validated',
      '2 files, 0 with problems',
    ],
  });
});

test('what may be slow is warned of with its place, and is no problem', () => {
  const branch = (kind: string) => ({
    type: 'object',
    properties: { kind: { const: kind }, next: { $ref: '#/$defs/node' } },
  });
  const variables = {
    $defs: { node: { anyOf: [branch('a'), branch('b')] } },
    properties: {
      node: { $ref: '#/$defs/node' },
      name: { type: 'string', pattern: '^(\\w+\\s?)*$' },
    },
  };
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ variables }));
  expect(check(folder)).toEqual({
    code: 0,
    stderr: '',
    lines: [
      'a.json: flow "a"',
      '  variables: node (#/$defs/node), name (string)',
      '  context: not validated',
      '  warning: /variables/$defs/node: 2 of its alternatives lead back to it, so each level of nesting may double the time',
      '  warning: /variables/properties/name/pattern: the pattern has repetitions within a repetition, which may take forever',
      '1 files, 0 with problems',
    ],
  });
});

test('each problem is shown with its file and place', () => {
  writeFileSync(join(folder, 'a.json'), '{"variables":{"requird":[]},"ttl":"soon"}');
  writeFileSync(join(folder, 'b.json'), '{}');
  expect(check(folder)).toEqual({
    code: 1,
    stderr: '',
    lines: [
      'a.json: flow "a" cannot be used',
      '  /ttl: it must be a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), from 1 second to 400 days',
      '  /variables/requird: "requird" is not a keyword of JSON Schema',
      'b.json: flow "b"',
      '  variables: not validated',
      '  context: not validated',
      '2 files, 1 with problems',
    ],
  });
});

test.each(['flowId', 'flow_id', 'flowName'])(
  'a body is validated by the definition of its %s',
  (name) => {
    const variables = { customerId: null, cartTotal: '42.5', paid: 'true' };
    expect(verdictOn({ [name]: 'checkout', variables })).toEqual({
      code: 0,
      lines: [
        'body.json: flow "checkout", validated by checkout.json: accepted',
        '  variables: cartTotal (coerced), customerId, paid (coerced)',
        '  context: not posted, not validated',
      ],
    });
  },
);

test('a body that is refused is shown every violation, and none of its values', () => {
  const verdict = verdictOn({
    flowId: 'refund',
    variables: '{"cartTotal":"hunter2"}',
    context: { a: 'hunter2' },
  });
  expect(verdict).toEqual({
    code: 1,
    lines: [
      'body.json: flow "refund", validated by default.json: refused, 2 violations',
      '  /variables/customerId (required): send it as a string: by the definition of flow "default" it is required',
      '  /variables/cartTotal (type): send a number: by the definition of flow "default" it must be a number, ' +
        'not a string',
    ],
  });
});

test.each([
  ['is no JSON', '{"variables": hunter2}', /^body.json: refused: the body is not JSON/],
  [
    'has a text for an object',
    { variables: 'hunter2' },
    /^body.json: refused: variables is a text that is not JSON/,
  ],
])('a body that %s is refused as the webhook refuses it', (_what, body, line) => {
  const { code, lines } = verdictOn(body);
  expect(code).toBe(1);
  expect(lines[0]).toMatch(line);
  expect(lines.join()).not.toContain('hunter2');
});

test('a body without a definition is accepted; so is one whose definition cannot be used, for now', () => {
  const body = join(folder, 'posted');
  writeFileSync(body, '{"flowId":"a","variables":{"x":1}}');
  expect(check(folder, body).lines).toEqual([
    '0 files, 0 with problems',
    'posted: flow "a", no definition applies: accepted',
  ]);
  writeFileSync(join(folder, 'a.json'), '{');
  const { code, lines } = check(folder, body);
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe(
    'posted: flow "a", validated by a.json, which cannot be used: everything is accepted until it can',
  );
});

test('a folder or a body that cannot be read is a failure that is named', () => {
  expect(check(join(folder, 'none'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^ENOENT/),
  });
  expect(check(EXAMPLES, folder)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^EISDIR/),
  });
});

test.each(['--help', '-h'])('%s explains the command', (flag) => {
  const { code, lines, stderr } = check(flag);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines[0]).toBe('usage: npm run check-flows -- DIR [BODY.json]');
});

test.each([[[]], [['a', 'b', 'c']], [['--verbose', 'a']]])(
  '%j is refused with the usage of the command',
  (words) => {
    const { code, stderr } = check(...words);
    expect(code).toBe(64);
    expect(stderr).toMatch(/^usage: npm run check-flows -- DIR \[BODY.json\]\n/);
  },
);
