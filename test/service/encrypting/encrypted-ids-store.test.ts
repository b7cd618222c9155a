// Encrypted ids keep the contract of a store: all of it on SQLite, what is about names on Redis.

import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  createEncryptedIdsStore,
  rememberingIds,
} from '../../../src/service/encrypting/encrypted-ids-store.ts';
import { createIdCiphers } from '../../../src/session/encryption/id-cipher.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { describeDueNotes } from '../../contract/due-notes.ts';
import { describeErasedUsers } from '../../contract/erased-users.ts';
import { describeIndexing } from '../../contract/indexing.ts';
import { describeInspectingUsers } from '../../contract/inspecting-users.ts';
import { describeListing } from '../../contract/listing.ts';
import { describeNaming } from '../../contract/naming.ts';
import { describeNewerForms } from '../../contract/newer-forms.ts';
import { describeStoreContract } from '../../contract/session-store-contract.ts';
import { tamperSqlite } from '../../contract/sqlite-tamper.ts';
import type { Damage, StoreUnderTest } from '../../contract/store-under-test.ts';
import { describeUnindexing } from '../../contract/unindexing.ts';
import { describeWatching } from '../../contract/watching.ts';
import { standaloneTarget } from '../../support/redis-store.ts';
import { openRedisUnderTest } from '../../support/redis-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'encrypted-ids-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = createIdCiphers(createSecretKey(randomBytes(32)));

function withIds({ store, tamper }: StoreUnderTest): StoreUnderTest {
  return {
    store: createEncryptedIdsStore(
      store,
      rememberingIds(ids, () => {}),
    ),
    tamper: (sessionId, damage) => tamper(ids.session.stored(sessionId), withStoredUser(damage)),
  };
}

/** What a later version writes names a user. */
function withStoredUser(damage: Damage): Damage {
  if (!('field' in damage) || damage.field !== 'last_event') return damage;
  const text = damage.text?.replace(/(?<=^\S+ \d+ ).+/, (userId) => ids.user.stored(userId));
  return { ...damage, text };
}

const path = join(folder, 'sessions.db');
describeStoreContract('SQLite with encrypted ids', async () =>
  withIds({
    store: createSqliteStore({ path }),
    tamper: (sessionId, damage) => tamperSqlite(path, sessionId, damage),
  }),
);
// What differs between the stores: names in keys, walks, notes, and what is pushed.
describe('Redis with encrypted ids', () => {
  let opened: StoreUnderTest | undefined;
  const tested = (): StoreUnderTest => {
    if (opened === undefined) throw new Error('Redis was not opened');
    return opened;
  };
  const open = async () => withIds(await openRedisUnderTest(standaloneTarget()));
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.store.close());

  describeNaming(tested);
  describeIndexing(tested);
  describeListing(tested);
  describeDueNotes(tested);
  describeErasedUsers(tested);
  describeUnindexing(tested);
  describeInspectingUsers(tested);
  describeNewerForms(tested);
  describeWatching(tested, open);
});
