// Sessions that services of the two tutorials left in Redis are imported all at once, so that
// restores by user find them and LEGACY_STATE may stay off.
//
// Exit codes: 0 done; 1 not finished: run it again; 2 done, and some sessions could not be read;
// 64 wrong arguments; 78 the configuration cannot be used.

import { openEncryptedStore } from '../open-encryption.ts';
import { openLegacyStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { EXIT_CONFIG, EXIT_FAILURE, end } from '../process/exit.ts';
import { StoreUnavailable } from '../store/session-store.ts';
import { endSignal, readArguments, wholeNumber } from './command-line.ts';
import {
  countResult,
  createTally,
  type ImportTally,
  importReportText,
  isAnyUnreadable,
  progressText,
} from './import-report.ts';
import { importAll } from './import-run.ts';
import { createPatience } from './pacing.ts';
import { showProgress } from './show-progress.ts';
import { errorLog, readStoreEnvironment } from './store-config.ts';

const HELP = `usage: npm run import -- [--dry-run] [--rate N] [--list N]

Imports the sessions that services of the two tutorials left in Redis (session:*,
cognigy:state:*). The stores are configured by the environment, as for the service, which
may keep running. It may be stopped, and run again: what was imported is recognised.

  --dry-run  change nothing, and show what an import would give
  --rate N   import at most so many sessions per second (default 2000)
  --list N   show the log ids of so many skipped sessions of each kind (default 10)
`;
const EXIT_UNREADABLE = 2;
const RATE = 2000;
const LIST_MAX = 10;

const options = readArguments(
  {
    help: HELP,
    options: {
      'dry-run': { type: 'boolean' },
      rate: { type: 'string', default: `${RATE}` },
      list: { type: 'string', default: `${LIST_MAX}` },
    },
  },
  (values) => {
    const rate = wholeNumber('--rate', values.rate, 1);
    const listMax = wholeNumber('--list', values.list, 0);
    return { isDryRun: values['dry-run'] ?? false, rate, listMax };
  },
);
const config = readStoreEnvironment(process.env, 'SESSION_TTL');
run();

async function run(): Promise<void> {
  const tally = createTally();
  try {
    const failure = await importInto(tally, endSignal());
    process.stdout.write(importReportText(tally, options));
    if (failure !== undefined) end(EXIT_FAILURE, failure);
    process.exitCode = isAnyUnreadable(tally) ? EXIT_UNREADABLE : 0;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    process.stdout.write(importReportText(tally, options));
    end(EXIT_FAILURE, error.message, 'It is not finished: run it again.');
  }
}

/** Imports everything; answers why not, if it was stopped. */
async function importInto(tally: ImportTally, signal: AbortSignal): Promise<string | undefined> {
  const { store: target, legacy, session, encryptionKeys } = config;
  if (legacy === undefined)
    end(EXIT_CONFIG, 'STORE_URL is not set: sessions are imported into a store on Redis');
  const source = legacy.store;
  process.stdout.write(`from ${storeText(source)} into ${storeText(target)}\n`);
  const store = await openEncryptedStore({ store: target, encryptionKeys }, errorLog);
  const former = await openLegacyStore(source, errorLog);
  try {
    const patiently = createPatience(signal);
    await patiently(() => store.ping());
    const total = (await patiently(() => former.countKeys())) ?? 0;
    const clocks = { nowMs: Date.now, nowMonotonicMs: () => performance.now() };
    const parts = { store, legacy: former, sessionTtlMs: session.sessionTtlMs, ...clocks };
    const stopProgress = showProgress((seconds, { isTerminal }) =>
      progressText(tally, { total, seconds, isBar: isTerminal }),
    );
    try {
      await importAll(parts, {
        ...{ ...options, signal },
        onResult: (key, result) => countResult(tally, { key, result, listMax: options.listMax }),
        onScanned: (keys) => {
          tally.scanned += keys;
        },
      });
    } finally {
      stopProgress();
    }
    return signal.aborted ? 'It was stopped: run it again to continue.' : undefined;
  } finally {
    await Promise.all([store.close(), former.close()]);
  }
}
