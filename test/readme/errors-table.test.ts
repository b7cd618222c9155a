import { Code } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { expect, test } from 'vitest';
import { ERROR_TYPES, Refusal } from '../../src/session/errors.ts';
import { errorStatusOf } from '../../src/transport/error-answer.ts';
import { connectStatusOfReason, REFUSALS } from '../../src/transport/refusals.ts';
import { connectErrorFrom } from '../../src/transport/wires/rpc-error.ts';
import { pageTable } from './readme.ts';

const ERRORS = ERROR_TYPES.map((reason) => ({
  reason,
  error: reason === 'internal' ? new Error('a bug') : new Refusal(reason, 'refused'),
}));

test('the table of errors has every reason, as the table of refusals has it', () => {
  const rows = ERROR_TYPES.map((reason) => {
    const { status, code, repeat } = REFUSALS[reason];
    return [
      `\`${reason}\``,
      `${status}`,
      `${connectStatusOfReason(reason)}`,
      `\`${code}\``,
      repeat,
    ];
  });
  expect(pageTable('reference/errors.md', 'reason').map((row) => row.slice(0, 5))).toEqual(rows);
  expect(Object.keys(REFUSALS)).toEqual(ERROR_TYPES);
});

test.each(ERROR_TYPES)('the row of %s says who acts', (reason) => {
  const row =
    pageTable('reference/errors.md', 'reason').find(([name]) => name === `\`${reason}\``) ?? [];
  const actors = row[5]?.match(/\b(caller|operator|flow team|us)(?=:)/g);
  expect(actors).toEqual(REFUSALS[reason].who);
});

test.each(ERRORS)('$reason is answered with its status and its code', ({ reason, error }) => {
  const { status, code } = REFUSALS[reason];
  expect(errorStatusOf(error)).toMatchObject({ status, code });
  const answered = connectErrorFrom(error).code;
  expect(codeToString(answered), Code[answered]).toBe(code);
});
