// npm run check-store -- [--ignore-warnings]
//
// Says whether a store is fit before anything runs on it. The store is configured by the
// environment, as for the service. One key is written to each master, which expires after a minute.
//
// Exit codes: 0 it is fit; 1 it is fit, with warnings; 2 it is not fit; 64 wrong arguments; 78 the
// configuration cannot be used.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { StoreUnavailable } from '../store/session-store.ts';
import type { StoreFinding } from '../store/store-finding.ts';
import { createLog } from '../telemetry/log.ts';
import { findingsText, levelOf } from './check-store-report.ts';
import { readStoreConfig } from './store-config.ts';

const USAGE = 'usage: npm run check-store -- [--ignore-warnings]';
const HELP = `${USAGE}

Says whether the store is fit before anything runs on it: whether it is reached, what the
user may do there, who replaces a lost master, and what may lose sessions. The store is
configured by the environment, as for the service. One key is written to each master,
which expires after a minute.

  --ignore-warnings  exit with 0 also if there are warnings

Exit codes: 0 it is fit; 1 it is fit, with warnings; 2 it is not fit.
`;
const EXIT_CODES = { ok: 0, warning: 1, unfit: 2 } as const;
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

run(readArguments());

async function run({ ignoresWarnings }: { ignoresWarnings: boolean }): Promise<void> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { config, problems, warnings } = readStoreConfig(process.env, readFile, ['WATCH_LIMIT']);
  if (config === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
  warn(...warnings);
  process.stdout.write(`store: ${storeText(config.store)}\n\n`);
  const log = createLog({ level: 'error', write: (line) => process.stderr.write(line) });
  const findings = await checkStore(config, log).catch(unfitIfUnavailable);
  process.stdout.write(findingsText(findings));
  const level = levelOf(findings);
  process.exitCode = level === 'warning' && ignoresWarnings ? 0 : EXIT_CODES[level];
}

function unfitIfUnavailable(error: unknown): StoreFinding[] {
  if (!(error instanceof StoreUnavailable)) throw error;
  return [{ check: 'reach', level: 'unfit', text: error.message }];
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        'ignore-warnings': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { ignoresWarnings: values['ignore-warnings'] ?? false };
  } catch (error) {
    end(EXIT_USAGE, USAGE, (error as Error).message);
  }
}

/** Ends the process with these lines on standard error. */
function end(code: number, ...lines: string[]): never {
  warn(...lines);
  process.exit(code);
}

function warn(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
