import { Code } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { expect, test } from 'vitest';
import { REFUSAL_REASONS, Refusal } from '../../src/session/errors.ts';
import { errorStatusOf } from '../../src/transport/error-answer.ts';
import { connectErrorFrom } from '../../src/transport/rpc/rpc-error.ts';
import { readmeTable } from './readme.ts';

const ERRORS = [
  ...REFUSAL_REASONS.map((reason) => ({ reason, error: new Refusal(reason, 'refused') })),
  { reason: 'internal', error: new Error('a bug') },
];

test('the table of errors has every reason, with the status and the code that are answered', () => {
  const rows = ERRORS.map(({ reason, error }) => {
    const { status, code } = errorStatusOf(error);
    return [`\`${reason}\``, `${status}`, `\`${code}\``];
  });
  expect(readmeTable('reason').map((row) => row.slice(0, 3))).toEqual(rows);
});

test('an RPC answers the code that the webhook names', () => {
  for (const { error } of ERRORS) {
    const { code } = connectErrorFrom(error);
    expect(codeToString(code), Code[code]).toBe(errorStatusOf(error).code);
  }
});
