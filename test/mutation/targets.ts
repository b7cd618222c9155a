// Where bugs are planted, and which tests are to find them.

export type Target = {
  name: string;
  files: readonly string[];
  /** Patterns of test files. Those of one pattern run together; the next only if they pass. */
  tests: readonly string[];
};

const SCRIPTS = 'src/store/redis/scripts';

export const TARGETS: readonly Target[] = [
  {
    name: 'frame',
    files: ['src/session/frame.ts', 'src/session/state-bytes.ts', 'src/session/read-state.ts'],
    tests: [
      'test/session/{frame,read-state,state-bytes,sealed-content}.test.ts',
      'test/session/*.test.ts',
    ],
  },
  {
    name: 'fold',
    files: [
      'src/session/fold.ts',
      'src/session/registers.ts',
      'src/session/history.ts',
      'src/session/remembered-removals.ts',
      'src/session/stamp.ts',
      'src/session/update-id.ts',
      'src/session/content-tag.ts',
    ],
    tests: [
      'test/session/{fold,history,stamp,update-id,content-tag,remembered-removals}.test.ts',
      'test/session/*.test.ts',
    ],
  },
  {
    name: 'explaining',
    files: [
      'src/session/explaining/contest.ts',
      'src/session/explaining/diff-values.ts',
      'src/session/explaining/follow-changes.ts',
      'src/session/explaining/state-pointer.ts',
      'src/session/explaining/value-at.ts',
    ],
    tests: ['test/session/explaining/*.test.ts', 'test/service/explaining/*.test.ts'],
  },
  {
    name: 'scripts',
    files: [
      ...['append', 'compact', 'erase', 'index', 'lock', 'quarantine', 'unlock', 'unindex'],
      ...['parts/check_time', 'parts/due_note', 'parts/frames', 'parts/locks', 'parts/metadata'],
      ...['parts/numbers', 'parts/recent', 'parts/seals'],
    ].map((name) => `${SCRIPTS}/${name}.lua`),
    tests: [
      'test/contract/redis-standalone.test.ts',
      'test/store/redis/{*-at-rest,later-fields,former-sidecars}.test.ts',
    ],
  },
  {
    name: 'echo',
    files: [
      `${SCRIPTS}/erase_again.lua`,
      'src/store/redis/echo/echoed-etag.ts',
      'src/store/redis/echo/kept-writes.ts',
      'src/store/redis/echo/replication-sample.ts',
    ],
    tests: [
      'test/store/redis/echo/kept-writes.test.ts',
      'test/store/redis/echo/*',
      'test/contract/redis-echo.test.ts',
    ],
  },
  {
    name: 'store',
    files: [
      'src/store/due-note.ts',
      'src/store/etag-chain.ts',
      'src/store/recent-updates.ts',
      'src/store/stored-head.ts',
      'src/store/sqlite/append.ts',
    ],
    tests: ['test/store/*.test.ts', 'test/contract/sqlite-store.test.ts'],
  },
  {
    name: 'spool',
    files: [
      'src/spool/append-rows.ts',
      'src/spool/read-segment.ts',
      'src/spool/segment-layout.ts',
      'src/spool/segments.ts',
      'src/spool/spool-queue.ts',
      'src/service/spooling/boot-clock.ts',
      'src/service/spooling/replayer.ts',
      'src/service/spooling/row-codec.ts',
    ],
    tests: ['test/spool/*', 'test/service/spooling/*'],
  },
];
