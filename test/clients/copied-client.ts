// The projects of examples/clients, as a developer uses them: copied out of the repository, built
// and run by the very commands of docs/services/clients.md.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { documentBlocks } from '../readme/readme.ts';

const PAGE = 'docs/services/clients.md';
const COPIED = /^cp -r examples\/clients\/(\w+) /;
/** How long building all of them may take where nothing is in a cache and the machine is busy. */
export const BUILD_MAX_MS = 600_000;
const RUN_MAX_MS = 50_000;
/** For a JVM that ends after seconds, which is not worth optimizing for. */
const SHORT_LIVED = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

const run = promisify(execFile);

/** What the page says about one language: the commands that build its project, and the one that
 * runs it, which is the last. */
export type ClientCommands = { language: string; folder: string; build: string; run: string };

/** The commands of each language of the page. */
export function clientCommands(): ClientCommands[] {
  const blocks = documentBlocks(PAGE).filter(({ language }) => language === 'sh');
  const languages = new Set(blocks.map(({ section }) => section));
  return [...languages].map((language) => {
    const texts = blocks.filter(({ section }) => section === language).map(({ text }) => text);
    const folder = COPIED.exec(texts[0] ?? '')?.[1];
    if (!folder) throw new Error(`${PAGE}, ${language}: the first command copies no client`);
    return { language, folder, build: texts.slice(0, -1).join('\n'), run: texts.at(-1) ?? '' };
  });
}

/** What the page shows as the output of each client. */
export function shownOutput(): string {
  const shown = documentBlocks(PAGE).find(({ language }) => language === 'text');
  if (!shown) throw new Error(`${PAGE} shows no output`);
  return shown.text;
}

/** A project outside of the repository. */
export type CopiedClient = {
  /** Runs it, with these variables; gives what it printed. Rejects if it fails, and says why. */
  run(environment: Record<string, string>, command?: string): Promise<string>;
};

/** A folder with nothing but a checkout, in which the commands of the page begin. */
export type Workplace = {
  build(commands: ClientCommands): Promise<CopiedClient>;
  remove(): void;
};

/** Lays a checkout as a developer has it, as far as the page uses it. */
export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'copied-clients-'));
  const checkout = join(folder, 'checkout');
  for (const copied of ['examples/clients', 'proto'])
    cpSync(copied, join(checkout, copied), { recursive: true });
  return {
    async build(commands) {
      const printed = await bash(`${commands.build}\npwd`, checkout, {}, BUILD_MAX_MS);
      const project = printed.trim().split('\n').at(-1) ?? '';
      if (!project.startsWith(folder) || project.startsWith(checkout))
        throw new Error(`${commands.language} is built in ${project}`);
      return {
        run: (environment, command = commands.run) =>
          bash(command, project, environment, RUN_MAX_MS),
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bash(
  commands: string,
  cwd: string,
  environment: Record<string, string>,
  timeout: number,
): Promise<string> {
  const env = { ...process.env, MAVEN_OPTS: SHORT_LIVED, ...environment };
  try {
    const words = ['-euo', 'pipefail', '-c', commands];
    const { stdout } = await run('bash', words, { cwd, env, timeout });
    // Maven resets the colours of a terminal that there is not.
    return stripVTControlCharacters(stdout);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${commands}\n${stdout}${stderr}`, { cause: error });
  }
}
