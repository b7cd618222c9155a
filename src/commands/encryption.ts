// npm run encryption -- [--reencrypt] [--rate N]
//
// Shows how many stored frames are encrypted with which key, and encrypts those of other keys, or
// of none, with the current one. The store and the keys are configured by the environment, as for
// the service, which may keep running.
//
// Exit codes: 0 done; 1 not finished: run it again; 2 done, and --reencrypt has left frames that
// are not under the current key; 64 wrong arguments; 78 the configuration cannot be used.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { openConfiguredEncryption } from '../open-encryption.ts';
import { openStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { createCompactor } from '../service/compacting/compactor.ts';
import { createRetryingStore } from '../service/retrying/retrying-store.ts';
import { type SessionStore, StoreUnavailable } from '../store/session-store.ts';
import { createLog } from '../telemetry/log.ts';
import { runThroughStore } from './encryption-run.ts';
import {
  createTally,
  type EncryptionTally,
  encryptionReportText,
  otherFrames,
  progressText,
} from './encryption-tally.ts';
import { createPatience } from './pacing.ts';
import { showProgress } from './show-progress.ts';
import { readStoreConfig } from './store-config.ts';

const USAGE = 'usage: npm run encryption -- [--reencrypt] [--rate N]';
const HELP = `${USAGE}

Shows how many stored frames are encrypted with which key (ENCRYPTION_KEYS_FILE). The store
is configured by the environment, as for the service, which may keep running. It may be
stopped, and run again.

  --reencrypt  compact the sessions that have frames under another key than the current one,
               or under none; without a current key: those with encrypted frames
  --rate N     go through at most so many sessions per second (default 500)
`;
const EXIT_FAILURE = 1;
const EXIT_LEFT = 2;
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;
const RATE = 500;

type UsedConfig = Pick<Config, 'store' | 'session' | 'encryptionKeys'>;

const options = readArguments();
const config = readEnvironment();
const log = createLog({ level: 'error', write: (line) => process.stderr.write(line) });
run();

async function run(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const tally = createTally();
  const ring = config.encryptionKeys?.();
  process.stdout.write(`store: ${storeText(config.store)}\n`);
  if (ring === undefined)
    process.stdout.write('ENCRYPTION_KEYS_FILE is not set: no key is known\n');
  try {
    await goThrough(tally, stopping.signal);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    end(EXIT_FAILURE, error.message, 'It is not finished: run it again.');
  }
  process.stdout.write(encryptionReportText(tally, ring));
  if (stopping.signal.aborted) end(EXIT_FAILURE, 'It was stopped: run it again.');
  const isLeft = options.isReencrypting && otherFrames(tally, ring?.current?.id ?? '') > 0;
  process.exitCode = isLeft ? EXIT_LEFT : 0;
}

async function goThrough(tally: EncryptionTally, signal: AbortSignal): Promise<void> {
  const store = await openStore(config.store, log);
  try {
    const patiently = createPatience(signal);
    await patiently(() => store.ping());
    const stopProgress = showProgress((seconds) => progressText(tally, seconds));
    const currentId = config.encryptionKeys?.().current?.id ?? '';
    const compact = options.isReencrypting ? compactorOf(store) : undefined;
    try {
      await runThroughStore({ store, compact, currentId, rate: options.rate, signal }, tally);
    } finally {
      stopProgress();
    }
  } finally {
    await store.close();
  }
}

/** Compacts sessions as the service does. */
function compactorOf(store: SessionStore) {
  const { encryptionKeys, session: settings } = config;
  if (encryptionKeys === undefined) end(EXIT_CONFIG, 'ENCRYPTION_KEYS_FILE is not set');
  const encrypted = openConfiguredEncryption(encryptionKeys, { log }).encrypted(store);
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
  const retrying = createRetryingStore(encrypted, patience, () => {});
  return createCompactor({ store: retrying, settings, patience, observer }).compact;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        reencrypt: { type: 'boolean' },
        rate: { type: 'string', default: `${RATE}` },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const { rate, reencrypt: isReencrypting = false } = values;
    if (!/^\d{1,9}$/.test(rate) || Number(rate) < 1)
      throw new Error('--rate must be a whole number from 1 on');
    return { rate: Number(rate), isReencrypting };
  } catch (error) {
    end(EXIT_USAGE, USAGE, (error as Error).message);
  }
}

function readEnvironment(): UsedConfig {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const read = readStoreConfig(process.env, readFile, ['WRITE_FORMAT']);
  if (read.config === undefined) end(EXIT_CONFIG, ...read.problems, ...read.warnings);
  warn(...read.warnings);
  return read.config;
}

/** Ends the process with these lines on standard error. */
function end(code: number, ...lines: string[]): never {
  warn(...lines);
  process.exit(code);
}

function warn(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
