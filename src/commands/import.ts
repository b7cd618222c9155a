// npm run import -- [--dry-run] [--rate N] [--list N]
//
// Imports what services of the two tutorials left in Redis, all at once, so that restores by user
// find it and LEGACY_STATE may stay off. The stores are configured by the environment, as for the
// service, which may keep running. What was imported is recognised: a run that was stopped is
// simply run again.
//
// Exit codes: 0 done; 1 not finished: run it again; 2 done, and some sessions could not be read;
// 64 wrong arguments; 78 the configuration cannot be used.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Config, RedisConfig } from '../config.ts';
import { openEncryptedStore } from '../open-encryption.ts';
import { openLegacyStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { StoreUnavailable } from '../store/session-store.ts';
import { createLog } from '../telemetry/log.ts';
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
import { readStoreConfig } from './store-config.ts';

const USAGE = 'usage: npm run import -- [--dry-run] [--rate N] [--list N]';
const HELP = `${USAGE}

Imports the sessions that services of the two tutorials left in Redis (session:*,
cognigy:state:*). The stores are configured by the environment, as for the service, which
may keep running. It may be stopped, and run again: what was imported is recognised.

  --dry-run  change nothing, and show what an import would give
  --rate N   import at most so many sessions per second (default 2000)
  --list N   show the log ids of so many skipped sessions of each kind (default 10)
`;
const EXIT_FAILURE = 1;
const EXIT_UNREADABLE = 2;
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;
const RATE = 2000;
const LIST_MAX = 10;

const options = readArguments();
const config = readEnvironment();
const log = createLog({ level: 'error', write: (line) => process.stderr.write(line) });
run();

async function run(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const tally = createTally();
  try {
    const failure = await importInto(tally, stopping.signal);
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
  const { store: target, legacy: source, session, encryptionKeys } = config;
  process.stdout.write(`from ${storeText(source)} into ${storeText(target)}\n`);
  const store = await openEncryptedStore({ store: target, encryptionKeys }, log);
  const legacy = await openLegacyStore(source, log);
  try {
    const patiently = createPatience(signal);
    await patiently(() => store.ping());
    const total = (await patiently(() => legacy.countKeys())) ?? 0;
    const clocks = { nowMs: Date.now, nowMonotonicMs: () => performance.now() };
    const parts = { store, legacy, sessionTtlMs: session.sessionTtlMs, ...clocks };
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
    await Promise.all([store.close(), legacy.close()]);
  }
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        'dry-run': { type: 'boolean' },
        rate: { type: 'string', default: `${RATE}` },
        list: { type: 'string', default: `${LIST_MAX}` },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const rate = wholeNumber('--rate', values.rate, 1);
    const listMax = wholeNumber('--list', values.list, 0);
    return { isDryRun: values['dry-run'] ?? false, rate, listMax };
  } catch (error) {
    end(EXIT_USAGE, USAGE, (error as Error).message);
  }
}

function wholeNumber(name: string, text: string, min: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw new Error(`${name} must be a whole number from ${min} on`);
}

function readEnvironment(): Pick<Config, 'store' | 'session' | 'encryptionKeys'> & {
  legacy: RedisConfig;
} {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const {
    config: read,
    problems,
    warnings,
  } = readStoreConfig(process.env, readFile, ['SESSION_TTL']);
  if (read === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
  if (read.legacy === undefined)
    end(
      EXIT_CONFIG,
      'STORE_URL is not set: sessions are imported into a store on Redis',
      ...warnings,
    );
  warn(...warnings);
  return { ...read, legacy: read.legacy.store };
}

/** Ends the process with these lines on standard error. */
function end(code: number, ...lines: string[]): never {
  warn(...lines);
  process.exit(code);
}

function warn(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
