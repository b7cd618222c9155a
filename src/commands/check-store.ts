// Exit codes: 0 the store is fit; 1 it is fit, with warnings; 2 it is not fit; 64 wrong arguments;
// 78 the configuration cannot be used.

import { checkIds } from '../open-encryption.ts';
import { checkStore } from '../open-store.ts';
import { storeText } from '../process/banner.ts';
import { StoreUnavailable } from '../store/session-store.ts';
import type { StoreFinding } from '../store/store-finding.ts';
import { findingsText, levelOf } from './check-store-report.ts';
import { readArguments } from './command-line.ts';
import { errorLog, readStoreEnvironment, type UsedConfig } from './store-config.ts';

const HELP = `usage: npm run check-store -- [--ignore-warnings]

Says whether the store is fit before anything runs on it: whether it is reached, what the
user may do there, who replaces a lost master, and what may lose sessions. The store is
configured by the environment, as for the service. One key is written to each master,
which expires after a minute.

  --ignore-warnings  exit with 0 also if there are warnings

Exit codes: 0 it is fit; 1 it is fit, with warnings; 2 it is not fit.
`;
const EXIT_CODES = { ok: 0, warning: 1, unfit: 2 } as const;

const ignoresWarnings = readArguments(
  { help: HELP, options: { 'ignore-warnings': { type: 'boolean' } } },
  (values) => values['ignore-warnings'] ?? false,
);
run(readStoreEnvironment(process.env, 'WATCH_LIMIT'));

async function run(config: UsedConfig): Promise<void> {
  process.stdout.write(`store: ${storeText(config.store)}\n\n`);
  const findings = await checkStore(config, errorLog).catch(unfitIfUnavailable);
  if (levelOf(findings) !== 'unfit') findings.push(...(await checkIds(config, errorLog)));
  process.stdout.write(findingsText(findings));
  const level = levelOf(findings);
  process.exitCode = level === 'warning' && ignoresWarnings ? 0 : EXIT_CODES[level];
}

function unfitIfUnavailable(error: unknown): StoreFinding[] {
  if (!(error instanceof StoreUnavailable)) throw error;
  return [{ check: 'reach', level: 'unfit', text: error.message }];
}
