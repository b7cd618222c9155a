// The command lines of all commands. Exit codes that they share: 64 for wrong arguments, 78 for a
// configuration that cannot be used.

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { EXIT_USAGE, end } from '../process/exit.ts';

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>;

/** The arguments of this process, as `read` understands them; what it throws is wrong with them.
 * Shows `help` where that is asked for; its first line is the usage. */
export function readArguments<const Options extends ParseArgsOptionsConfig, Read>(
  { help, options, allowPositionals = false }: Command<Options>,
  read: (values: Parsed<Options>['values'], positionals: string[]) => Read,
): Read {
  try {
    const all: ParseArgsOptionsConfig = { ...options, help: { type: 'boolean', short: 'h' } };
    const { values, positionals } = parseArgs({ allowPositionals, options: all });
    if (!values.help) return read(values as Parsed<Options>['values'], positionals);
    process.stdout.write(help);
    process.exit(0);
  } catch (error) {
    const [usage = ''] = help.split('\n');
    end(EXIT_USAGE, usage, (error as Error).message);
  }
}

type Command<Options> = { help: string; options: Options; allowPositionals?: boolean };

/** Reads the value of an option. Throws where it is no whole number from `min` on. */
export function wholeNumber(name: string, text: string, min: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw new Error(`${name} must be a whole number from ${min} on`);
}

/** Aborted when the process is asked to end. */
export function endSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}
