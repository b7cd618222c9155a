// Runs the conformance suite against the server under test, and reads what it reports.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A case that failed, with what the suite says about it, a line each. */
export type FailedCase = { name: string; complaints: readonly string[] };

export type SuiteReport = {
  /** Cases that were run. */
  total: number;
  failed: readonly FailedCase[];
  /** What the server wrote to standard error. */
  serverErrors: string;
};

/** Runs all cases of the configuration, or those whose names are in this file, a line each. Throws
 * if the suite could not be run to its end. */
export async function runSuite(descriptor: string, namesFile?: string): Promise<SuiteReport> {
  const suite = spawn('connectconformance', [
    ...['--mode', 'server', '--conf', `${import.meta.dirname}/config.yaml`],
    // Two cores, of which the server needs one.
    ...['--max-servers', '1', '--parallel', '4'],
    ...(namesFile === undefined ? [] : ['--run', `@${namesFile}`]),
    ...['--', process.execPath, `${import.meta.dirname}/conformance-server.ts`, descriptor],
  ]);
  const ended = new Promise<void>((resolve, reject) => {
    suite.once('error', (cause: NodeJS.ErrnoException) => {
      const isMissing = cause.code === 'ENOENT';
      const hint = isMissing ? ': it is not on PATH, and .ci/build-tools installs it' : '';
      reject(new Error(`connectconformance could not be started${hint}`, { cause }));
    });
    suite.once('close', () => resolve());
  });
  const [output, errors] = await Promise.all([text(suite.stdout), text(suite.stderr), ended]);
  return readReport(output, errors);
}

/** Reads the output of the suite. Throws if it does not end with the totals. */
export function readReport(output: string, serverErrors: string): SuiteReport {
  const [, total] = /^Total cases: (\d+)$/m.exec(output) ?? [];
  const [, passes, failures] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  if (total === undefined || Number(passes) + Number(failures) !== Number(total)) {
    throw new Error(`the suite did not run to its end:\n${output}\n${serverErrors}`);
  }
  const failed: { name: string; complaints: string[] }[] = [];
  for (const line of output.split('\n')) {
    const name = /^FAILED: (.*):$/.exec(line)?.[1];
    if (name !== undefined) failed.push({ name, complaints: [] });
    else if (line.startsWith('\t')) {
      const complaint = line.replace(/^[\t;\s]+/, '').trim();
      if (complaint !== '') failed.at(-1)?.complaints.push(complaint);
    }
  }
  return { total: Number(total), failed, serverErrors };
}
