// Exit codes: 0 done; 1 not finished: run it again; 2 done, and --reencrypt has left frames that
// are not under the current key, or stored ids that idKey does not open; 64 wrong arguments; 78 the
// configuration cannot be used.

import { openConfiguredEncryption } from '../open-encryption.ts';
import { openStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { EXIT_CONFIG, EXIT_FAILURE, end } from '../process/exit.ts';
import { createCompactor } from '../service/compacting/compactor.ts';
import { createRetryingStore } from '../service/retrying/retrying-store.ts';
import { createIdCiphers } from '../session/encryption/id-cipher.ts';
import { type SessionStore, StoreUnavailable } from '../store/session-store.ts';
import { endSignal, readArguments, wholeNumber } from './command-line.ts';
import { runThroughStore, type SessionChanges } from './encryption-run.ts';
import {
  createTally,
  type EncryptionTally,
  encryptionReportText,
  otherFrames,
  progressText,
} from './encryption-tally.ts';
import { moveSession } from './move-session.ts';
import { createPatience } from './pacing.ts';
import { showProgress } from './show-progress.ts';
import { errorLog, readStoreEnvironment } from './store-config.ts';

const HELP = `usage: npm run encryption -- [--reencrypt] [--rate N]

Shows how many stored frames are encrypted with which key (ENCRYPTION_KEYS_FILE). The store
is configured by the environment, as for the service, which may keep running. It may be
stopped, and run again.

  --reencrypt  compact the sessions that have frames under another key than the current one,
               or under none; without a current key: those with encrypted frames;
               with idKey: move the sessions that are stored under their own ids
  --rate N     go through at most so many sessions per second (default 500)
`;
const EXIT_LEFT = 2;
const RATE = 500;

const options = readArguments(
  {
    help: HELP,
    options: { reencrypt: { type: 'boolean' }, rate: { type: 'string', default: `${RATE}` } },
  },
  (values) => {
    const rate = wholeNumber('--rate', values.rate, 1);
    return { rate, isReencrypting: values.reencrypt ?? false };
  },
);
const config = readStoreEnvironment(process.env, 'WRITE_FORMAT');
run();

async function run(): Promise<void> {
  const signal = endSignal();
  const tally = createTally();
  const ring = config.encryptionKeys?.();
  process.stdout.write(`store: ${storeText(config.store)}\n`);
  if (ring === undefined)
    process.stdout.write('ENCRYPTION_KEYS_FILE is not set: no key is known\n');
  try {
    await goThrough(tally, signal);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    end(EXIT_FAILURE, error.message, 'It is not finished: run it again.');
  }
  process.stdout.write(encryptionReportText(tally, ring));
  if (signal.aborted) end(EXIT_FAILURE, 'It was stopped: run it again.');
  const others = otherFrames(tally, ring?.current?.id ?? '') + tally.unopenedIds;
  const isLeft = options.isReencrypting && others > 0;
  process.exitCode = isLeft ? EXIT_LEFT : 0;
}

async function goThrough(tally: EncryptionTally, signal: AbortSignal): Promise<void> {
  const store = await openStore(config.store, errorLog);
  try {
    const patiently = createPatience(signal);
    await patiently(() => store.ping());
    const stopProgress = showProgress((seconds) => progressText(tally, seconds));
    const currentId = config.encryptionKeys?.().current?.id ?? '';
    const changes = options.isReencrypting ? changesOf(store) : undefined;
    const idKey = config.encryptionKeys?.().idKey;
    const ids = idKey && createIdCiphers(idKey).session;
    try {
      await runThroughStore({ store, ids, changes, currentId, rate: options.rate, signal }, tally);
    } finally {
      stopProgress();
    }
  } finally {
    await store.close();
  }
}

/** Compacts sessions as the service does, and moves them. */
function changesOf(store: SessionStore): SessionChanges {
  const { encryptionKeys, session: settings } = config;
  if (encryptionKeys === undefined) end(EXIT_CONFIG, 'ENCRYPTION_KEYS_FILE is not set');
  const encryption = openConfiguredEncryption(encryptionKeys, { log: errorLog });
  const patience = {
    requestDeadlineMs: 60_000,
    nowMonotonicMs: () => performance.now(),
    random: Math.random,
  };
  const observer = {
    compactionEnded: () => {},
    framesQuarantined: () => {},
    quarantineFailed: () => {},
  };
  const encrypted = encryption.encrypted(store);
  const retrying = createRetryingStore(encrypted, patience, () => {});
  const { compact } = createCompactor({ store: retrying, settings, patience, observer });
  const views = { plain: encryption.contentsEncrypted(store), encrypted };
  return { compact, move: (sessionId) => moveSession(views, sessionId) };
}
