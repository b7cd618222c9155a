// The service may keep running: each frame is compared with what was shown before it is moved.
//
// Exit codes: 0 done, or nothing to do; 1 something could not be done; 64 wrong arguments; 78 the
// configuration cannot be used.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEncryptedStore } from '../open-encryption.ts';
import { storeText } from '../process/banner.ts';
import { createFolder } from '../process/create-folder.ts';
import { EXIT_FAILURE, end } from '../process/exit.ts';
import { logIdOf } from '../session/log-id.ts';
import { type SessionStore, type StoredKey, StoreUnavailable } from '../store/session-store.ts';
import { readArguments } from './command-line.ts';
import { type PlannedFrame, planRepair } from './repair-plan.ts';
import { reportText } from './repair-report.ts';
import { errorLog, readStoreEnvironment } from './store-config.ts';

const HELP = `usage: npm run repair -- SESSION_ID [--apply] [--discard] [--reseal] [--export FOLDER]

Shows what is stored of one session and what could be repaired. The store is configured
by the environment, as for the service. Without --apply nothing is changed.

  --apply          repair it
  --discard        delete frames in quarantine that cannot be read
  --reseal         accept the fields as they are, for a session that was edited by hand;
                   without it, a field that differs from its second copy is damaged
  --export FOLDER  write each frame that is not intact, as it is stored, to a file of its own
`;
/** The connection to Redis is established in the background; the command retries until then. */
const CONNECT_ATTEMPTS = 50;
const CONNECT_PAUSE_MS = 100;

const { sessionId, apply, discard, reseal, folder } = readArguments(
  {
    help: HELP,
    allowPositionals: true,
    options: {
      apply: { type: 'boolean', default: false },
      discard: { type: 'boolean', default: false },
      reseal: { type: 'boolean', default: false },
      export: { type: 'string' },
    },
  },
  ({ export: folder, ...values }, [sessionId, ...others]) => {
    if (sessionId === undefined || others.length > 0) throw new Error('name exactly one session');
    return { ...values, sessionId, folder };
  },
);
const config = readStoreEnvironment(process.env);
run();

async function run(): Promise<void> {
  try {
    const store = await openEncryptedStore(config, errorLog);
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

/** Writes text to standard output. Returns the exit code of success. */
function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
