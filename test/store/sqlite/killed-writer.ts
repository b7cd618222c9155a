// A process that appends until it is killed, and prints each update id after it was acknowledged.
// Run with the path of a database and the id of a session.

import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf } from '../../contract/store-under-test.ts';

const [, , path = '', sessionId = ''] = process.argv;
const store = createSqliteStore({ path, busyTimeoutMs: 5_000 });
for (;;) {
  const append = appendOf(sessionId);
  const { status } = await store.append(append);
  await new Promise<void>((resolve) =>
    process.stdout.write(`${append.updateId} ${status}\n`, () => resolve()),
  );
}
