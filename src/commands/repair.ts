// npm run repair -- SESSION_ID [--apply] [--discard] [--reseal] [--export FOLDER]
//
// Shows what is stored of one session and what could be repaired. The store is configured by the
// environment, as for the service. Without --apply nothing is changed. The service may keep
// running, since each frame is compared with what was shown before it is moved.
//
// Exit codes: 0 done, or nothing to do; 1 something could not be done; 64 wrong arguments; 78 the
// configuration cannot be used.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { openEncryptedStore } from '../open-encryption.ts';
import { storeText } from '../process/banner.ts';
import { createFolder } from '../process/create-folder.ts';
import { logIdOf } from '../session/log-id.ts';
import { type SessionStore, type StoredKey, StoreUnavailable } from '../store/session-store.ts';
import { createLog } from '../telemetry/log.ts';
import { type PlannedFrame, planRepair } from './repair-plan.ts';
import { reportText } from './repair-report.ts';
import { readStoreConfig } from './store-config.ts';

const USAGE =
  'usage: npm run repair -- SESSION_ID [--apply] [--discard] [--reseal] [--export FOLDER]';
const HELP = `${USAGE}

Shows what is stored of one session and what could be repaired. The store is configured
by the environment, as for the service. Without --apply nothing is changed.

  --apply          repair it
  --discard        delete frames in quarantine that cannot be read
  --reseal         accept the fields as they are, for a session that was edited by hand;
                   without it, a field that differs from its second copy is damaged
  --export FOLDER  write each frame that is not intact, as it is stored, to a file of its own
`;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;
/** The connection to Redis is established in the background; the command retries until then. */
const CONNECT_ATTEMPTS = 50;
const CONNECT_PAUSE_MS = 100;

const { sessionId, apply, discard, reseal, folder } = readArguments();
const config = readEnvironment();
const log = createLog({ level: 'error', write: (line) => process.stderr.write(line) });
run();

async function run(): Promise<void> {
  try {
    const store = await openEncryptedStore(config, log);
    process.exitCode = await repair(store).finally(() => store.close());
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    end(EXIT_FAILURE, error.message);
  }
}

/** Returns the exit code. */
async function repair(store: SessionStore): Promise<number> {
  say(`store: ${storeText(config.store)}\n`);
  const key = await inspect(store);
  const plan = planRepair(sessionId, key, { discard });
  say(reportText(sessionId, key, plan));
  if (folder !== undefined) exportFrames(folder, plan);
  const moves = plan.flatMap(({ stored, move }) =>
    move === undefined ? [] : [{ move, name: stored.name, value: stored.value }],
  );
  if (moves.length === 0 && !reseal) return say('There is nothing to repair.\n');
  if (!apply) return say(planText(moves.length));
  if (reseal) {
    await store.unseal(sessionId);
    say('The fields are accepted as they are.\n');
  }
  if (moves.length === 0) return 0;
  const { quarantineTtlMs: ttlMs, sessionMaxBytes: quarantineMaxBytes } = config.session;
  const moved = await store.quarantine({ sessionId, moves, ttlMs, quarantineMaxBytes });
  say(`Frames that were moved: ${moved.length} of ${moves.length}.\n`);
  if (moved.length === moves.length) return 0;
  end(EXIT_FAILURE, 'The others have changed since, or the quarantine is full: run it again.');
}

function planText(moves: number): string {
  const sealing = reseal ? ' The fields are accepted as they are.' : '';
  return `Nothing was changed. With --apply these frames are moved: ${moves}.${sealing}\n`;
}

async function inspect(store: SessionStore): Promise<StoredKey> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.inspect(sessionId);
    } catch (error) {
      const mayPass = error instanceof StoreUnavailable && !error.refusal?.isLasting;
      if (!mayPass || attempt === CONNECT_ATTEMPTS) throw error;
      await pause(CONNECT_PAUSE_MS);
    }
  }
}

/** Writes frames that are not intact, with their heads, into files that only the owner can read. */
function exportFrames(path: string, plan: readonly PlannedFrame[]): void {
  createFolder(path);
  for (const { place, stored, read } of plan) {
    if (place === 'frames' && read.verdict === 'sound') continue;
    // A frame that was sent again may be in both places under one name. A damaged name may have any
    // characters.
    const name = stored.name.replaceAll(/[^\w-]/g, '-');
    const file = join(path, `${logIdOf(sessionId)}-${place}-${name}.frame`);
    writeFileSync(file, stored.value, { mode: 0o600 });
    say(`written: ${file}\n`);
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        apply: { type: 'boolean' },
        discard: { type: 'boolean' },
        reseal: { type: 'boolean' },
        export: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) process.exit(say(HELP));
    const [only, ...others] = positionals;
    if (only === undefined || others.length > 0) throw new Error('name exactly one session');
    const { apply: isApplied = false, discard: isDiscarded = false, reseal = false } = values;
    const options = { apply: isApplied, discard: isDiscarded, reseal, folder: values.export };
    return { sessionId: only, ...options };
  } catch (error) {
    end(EXIT_USAGE, USAGE, (error as Error).message);
  }
}

function readEnvironment(): Pick<Config, 'store' | 'session' | 'encryptionKeys'> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { config: read, problems, warnings } = readStoreConfig(process.env, readFile);
  if (read === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
  warn(...warnings);
  return read;
}

/** Writes text to standard output. Returns the exit code of success. */
function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** Ends the process with these lines on standard error. */
function end(code: number, ...lines: string[]): never {
  warn(...lines);
  process.exit(code);
}

function warn(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
