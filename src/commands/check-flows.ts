// Reads flow definitions with the code of the service, and says which definition applies to a body,
// as a flow posts it to the webhook. It shows names and places, never a value of the body. A schema
// that may be slow on some updates is a warning, not a problem.
//
// Exit codes: 0 no problems; 1 a definition has problems, or the body is refused; 64 wrong
// arguments.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readFlowFolder } from '../flows/flow-folder.ts';
import { createFlowLibrary, type FlowLibrary } from '../flows/flow-library.ts';
import { EXIT_FAILURE, end } from '../process/exit.ts';
import { Refusal } from '../session/errors.ts';
import { postedUpdateFrom } from '../transport/webhook/posted-update.ts';
import { parseBody } from '../transport/webhook/read-body.ts';
import { readArguments } from './command-line.ts';
import { definitionText, refusalText, verdictText } from './flow-report.ts';

const HELP = `usage: npm run check-flows -- DIR [BODY.json]

Shows the contents of a folder's flow definitions, or what is wrong with them; with a body, as
a flow posts it, also which definition applies to it, and everything that it violates.
`;

const { folder, bodyPath } = readArguments(
  { help: HELP, options: {}, allowPositionals: true },
  (_, [folder, bodyPath, ...others]) => {
    if (folder === undefined || others.length > 0)
      throw new Error('name one folder, and at most one file with a body');
    return { folder, bodyPath };
  },
);
run();

async function run(): Promise<void> {
  try {
    const isValid = await showDefinitions(createFlowLibrary());
    process.exitCode = isValid ? 0 : EXIT_FAILURE;
  } catch (error) {
    // An error of the system: a folder or a file that cannot be read.
    end(EXIT_FAILURE, (error as Error).message);
  }
}

/** Returns whether all definitions are valid, and the body is accepted. */
async function showDefinitions(library: FlowLibrary): Promise<boolean> {
  library.take((await readFlowFolder(folder)).map(library.parse));
  const failed = library.files().filter(({ problems }) => problems.length > 0).length;
  for (const file of library.files()) say(definitionText(file));
  say([`${library.files().length} files, ${failed} with problems`]);
  const isAccepted = bodyPath === undefined || showVerdict(library, bodyPath);
  return failed === 0 && isAccepted;
}

function showVerdict(library: FlowLibrary, path: string): boolean {
  const name = basename(path);
  try {
    const posted = postedUpdateFrom(parseBody(readFileSync(path)));
    const definition = library.flows.of(posted.flowId);
    const validated = definition?.validate(posted);
    const file = library.files().find(({ flowId }) => flowId === definition?.flowId);
    say(verdictText({ name, posted, file, validated }));
    return (validated?.violations.length ?? 0) === 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(refusalText(name, error));
    return false;
  }
}

/** Writes these lines to standard output. */
function say(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
