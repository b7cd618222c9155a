// What requests may cost, in counts that are the same on every machine: a change that makes one
// grow is seen by the tests, however busy the machine is. A change that needs more says why, and
// raises its line here; one that needs less lowers it.

/** The most that a piece of work may cost, by what is counted. */
export type Budget = Readonly<Record<string, number>>;

/** What requests and whole conversations make Redis do. The saves have 1 kB. */
export const REDIS_WORK = {
  'the first save of a session with a user': { 'round trips': 2, 'commands in scripts': 9 },
  'a further save': { 'round trips': 1, 'commands in scripts': 2 },
  'a restore by session': { 'round trips': 1, 'commands in scripts': 2 },
  'a restore by user': { 'round trips': 2, 'commands in scripts': 2 },
  'a conversation of 20 saves and 2 restores, with its compactions': {
    'round trips': 26,
    'commands in scripts': 58,
    // 86 of them say what was noted in the user's index, so that no other save writes there.
    // Three updates came after the last compaction.
    'bytes that are left in Redis': 5630,
  },
} satisfies Record<string, Budget>;

/** Bytes of V8's heap that the service allocates for a request while no code is optimized (what
 * optimized code does not allocate differs from run to run). The counts vary by 3 %, and the
 * budgets are 15 % above what a busy machine needs, where work in the background is a quarter more.
 * Each of the saves begins a session, whose end is noted as well. */
export const HEAP_BYTES = {
  'a save of 1 kB': { 'bytes of heap': 190_000 },
  'a restore of 1 kB': { 'bytes of heap': 130_000 },
} satisfies Record<string, Budget>;

/** Bytes that a request leaves among V8's old objects, where only a full collection frees them:
 * what happens to be under way when they are collected. A request that stays leaves 4000, and its
 * buffers. */
export const OLD_BYTES = {
  'a save of 1 kB': { 'bytes of old objects': 1100, 'bytes of buffers': 900 },
  'a restore of 1 kB': { 'bytes of old objects': 800, 'bytes of buffers': 600 },
  'a restore of 20 kB': { 'bytes of old objects': 800, 'bytes of buffers': 1000 },
} satisfies Record<string, Budget>;

/** Modules that `npm start` loads until it serves; the bundle evaluates the same ones. What a start
 * does not need is imported where it is first used, by `import()`. */
export const START = {
  'a start on SQLite': { 'modules of src/': 320, 'modules of packages': 225 },
  'a start on Redis': { 'modules of src/': 366, 'modules of packages': 285 },
} satisfies Record<string, Budget>;

/** What the image runs, minified. Node reads all of it at the start. Group commit, circuit
 * breakers, echo and the ends of sessions are in everything that opens a store on Redis, and every
 * setting is in all but the last. What sends traces is in a file of its own. */
export const BUNDLE = {
  'main.cjs': { 'bytes of src/': 823_000, 'bytes of packages': 1_235_000 },
  'repair.cjs': { 'bytes of src/': 287_000, 'bytes of packages': 365_000 },
  'import.cjs': { 'bytes of src/': 245_000, 'bytes of packages': 365_000 },
  'encryption.cjs': { 'bytes of src/': 275_000, 'bytes of packages': 365_000 },
  'check-flows.cjs': { 'bytes of src/': 68_000, 'bytes of packages': 400_000 },
} satisfies Record<string, Budget>;

/** What grew beyond its budget, in words. Refuses counts that the budget does not name, or the
 * other way round. */
export function overBudget(what: string, counts: Budget, budget: Budget): string[] {
  const names = Object.keys(budget);
  if (names.sort().join() !== Object.keys(counts).sort().join())
    throw new Error(`${what}: counted ${Object.keys(counts)}, the budget has ${names}`);
  return names.flatMap((name) => {
    const [count = 0, most = 0] = [counts[name], budget[name]];
    return count > most ? [`${what}: ${name} grew from ${most} to ${count}`] : [];
  });
}
