// The proof that a store keeps the contract of src/store/session-store.ts. Every store runs this
// one suite, so what it shows of one it shows of all: the service above cannot tell them apart.
//
// A store's clock is its own (Redis has TIME), so nothing here moves a clock. Time is shown by
// appends that say they arrived long ago, and by lives of a fraction of a second that are watched
// until they end. What a store does inside (keys, tables, round trips) is shown by that store's own
// tests.

import { afterAll, beforeAll, describe } from 'vitest';
import { describeAppending } from './appending.ts';
import { describeAttemptLimits } from './attempt-limits.ts';
import { describeBeforeAll } from './before-all.ts';
import { describeClosing } from './closing.ts';
import { describeCompacting } from './compacting.ts';
import { describeDamage } from './damage.ts';
import { describeDamagedControl } from './damaged-control.ts';
import { describeDropping } from './dropping.ts';
import { describeDueNotes } from './due-notes.ts';
import { describeErasedUpdates } from './erased-updates.ts';
import { describeErasedUsers } from './erased-users.ts';
import { describeErasing } from './erasing.ts';
import { describeExpiring } from './expiring.ts';
import { describeForgettingLapsed } from './forgetting-lapsed.ts';
import { describeIndexing } from './indexing.ts';
import { describeIndexingCost } from './indexing-cost.ts';
import { describeInspecting } from './inspecting.ts';
import { describeInspectingUsers } from './inspecting-users.ts';
import { describeLapsing } from './lapsing.ts';
import { describeListing } from './listing.ts';
import { describeLockAndSession } from './lock-and-session.ts';
import { describeLockedAppending } from './locked-appending.ts';
import { describeLocking } from './locking.ts';
import { describeMetadataAlone } from './metadata-alone.ts';
import { describeNaming } from './naming.ts';
import { describeNewerForms } from './newer-forms.ts';
import { describePreconditions } from './preconditions.ts';
import { describeQuarantineEnding } from './quarantine-ending.ts';
import { describeQuarantineRoom } from './quarantine-room.ts';
import { describeQuarantining } from './quarantining.ts';
import { describeRefusedCompacting } from './refused-compacting.ts';
import { describeRefusedQuarantining } from './refused-quarantining.ts';
import { describeReleasing } from './releasing.ts';
import { describeRemembering } from './remembering.ts';
import { describeRepeatedErasing } from './repeated-erasing.ts';
import { describeReplaying } from './replaying.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';
import { describeTombstones } from './tombstones.ts';
import { describeTouching } from './touching.ts';
import { describeUnindexing } from './unindexing.ts';
import { describeWatching } from './watching.ts';

export type { Damage, MetadataField, OpenStore, StoreUnderTest } from './store-under-test.ts';

/**
 * Declares the suite for one store. `open` is called once for the suite and once more for the tests
 * of closing; sessions and users have random names, so both may share one server or file.
 */
export function describeStoreContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the contract of a session store`, () => {
    let opened: StoreUnderTest | undefined;
    const tested = (): StoreUnderTest => {
      if (opened === undefined) throw new Error(`${name} was not opened`);
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.store.close());

    describeAppending(tested);
    describeAttemptLimits(tested);
    describeRemembering(tested);
    describeExpiring(tested);
    describeTouching(tested);
    describeCompacting(tested);
    describeRefusedCompacting(tested);
    describeDamage(tested);
    describeMetadataAlone(tested);
    describeNaming(tested);
    describeIndexing(tested);
    describeListing(tested);
    describeDueNotes(tested);
    describeIndexingCost(tested);
    describeLocking(tested);
    describeLapsing(tested);
    describeForgettingLapsed(tested);
    describeLockedAppending(tested);
    describeLockAndSession(tested);
    describePreconditions(tested);
    describeBeforeAll(tested);
    describeErasing(tested);
    describeRepeatedErasing(tested);
    describeDropping(tested);
    describeErasedUpdates(tested);
    describeTombstones(tested);
    describeErasedUsers(tested);
    describeReplaying(tested);
    describeUnindexing(tested);
    describeQuarantining(tested);
    describeRefusedQuarantining(tested);
    describeQuarantineRoom(tested);
    describeReleasing(tested);
    describeQuarantineEnding(tested);
    describeDamagedControl(tested);
    describeInspecting(tested);
    describeInspectingUsers(tested);
    describeNewerForms(tested);
    describeWatching(tested, open);
    describeClosing(open);
  });
}
