import { expect, test } from 'vitest';
import { startFailure } from '../../src/process/start-failure.ts';
import { SpoolUnavailable } from '../../src/spool/spool.ts';

test('a spool that cannot be opened is one line that names its setting', () => {
  expect(startFailure(new SpoolUnavailable('another process uses /spool'))).toEqual({
    message: 'SPOOL_DIR cannot be used: another process uses /spool',
    fields: {},
  });
});

test('anything else is logged as it is', () => {
  const error = new Error('a bug');
  const failed = { message: 'the service cannot start', fields: { error } };
  expect(startFailure(error)).toEqual(failed);
});
