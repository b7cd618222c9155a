// Following the folder of the flow definitions while the service runs.

import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { FlowDefinitions } from '../session/flow/definition.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { readFlowFolder } from './flow-folder.ts';
import {
  createFlowLibrary,
  type LibraryChanges,
  type LibraryFile,
  type ParsedFile,
} from './flow-library.ts';
import { problemText } from './problem-text.ts';

/** Kubernetes takes up to a minute to bring a changed ConfigMap into a Pod; this adds little to
 * it. */
const LOOK_EVERY_MS = 2000;

/** Files with problems that are told on a readiness page. */
const FAILURES_MAX = 20;

export type FollowedFlows = {
  flows: FlowDefinitions;
  /** What keeps definitions from being in force as they stand in the folder, a line each; empty
   * if nothing. */
  failures(): string[];
  stop(): void;
};

export type FollowFlowsOptions = {
  log: Logger;
  metrics: Pick<Metrics, 'flowDefinitions'>;
  everyMs?: number;
};

/** Reads the folder, and again and again until stopped. Resolves with what the first look found.
 * Looking, not listening, for the reasons of config/follow-files.ts. A folder that cannot be read
 * leaves all as it stands. */
export async function followFlows(
  folder: string,
  { log, metrics, everyMs = LOOK_EVERY_MS }: FollowFlowsOptions,
): Promise<FollowedFlows> {
  const library = createFlowLibrary();
  let folderFailure: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  await look();
  return { flows: library.flows, failures, stop };

  async function look(): Promise<void> {
    try {
      logChanges(library.take(await parseFiles()));
      if (folderFailure !== undefined)
        log.info('the folder of the flow definitions can be read again', { folder });
      folderFailure = undefined;
    } catch (error) {
      const failure = (error as Error).message;
      if (failure !== folderFailure)
        log.error('the folder of the flow definitions cannot be read; all stay as they are', {
          folder,
          failure,
        });
      folderFailure = failure;
    }
    const failed = failedFiles().length;
    metrics.flowDefinitions({
      loaded: library.files().length - failed,
      failed: failed + (folderFailure === undefined ? 0 : 1),
    });
    if (!stopped) timer = setTimeout(look, everyMs).unref();
  }

  async function parseFiles(): Promise<ParsedFile[]> {
    const files: ParsedFile[] = [];
    for (const file of await readFlowFolder(folder)) {
      files.push(library.parse(file));
      // Compiling takes milliseconds, and requests go on meanwhile.
      await letOthersRun();
    }
    return files;
  }

  function logChanges({ loaded, removed, failed, mended }: LibraryChanges): void {
    if (loaded.length > 0) log.info('flow definitions were loaded', { flows: loaded });
    if (removed.length > 0) log.info('flow definitions were removed', { flows: removed });
    for (const { name, flowId } of mended)
      log.info('a flow definition is in force again', { file: name, flow: flowId });
    for (const { name, flowId, problems, inForce } of failed)
      log.error('a flow definition cannot be used', {
        ...{ file: name, flow: flowId, inForce, problems: problems.map(problemText) },
      });
  }

  function failedFiles(): LibraryFile[] {
    return library.files().filter(({ problems }) => problems.length > 0);
  }

  function failures(): string[] {
    const lines = failedFiles().map(failureText);
    const more = lines.length > FAILURES_MAX ? [`${lines.length - FAILURES_MAX} more files`] : [];
    return [
      ...(folderFailure === undefined ? [] : [folderFailure]),
      ...lines.slice(0, FAILURES_MAX),
      ...more,
    ];
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
  }
}

function failureText({ name, flowId, problems, inForce }: LibraryFile): string {
  const [first = '', ...more] = problems.map(problemText);
  const further = more.length > 0 ? ` (and ${more.length} more)` : '';
  const flow = `flow ${JSON.stringify(flowId)}`;
  const standing =
    inForce === 'last good' ? `${flow} keeps its last good one` : `${flow} accepts everything`;
  return `${name}: ${first}${further}; ${standing}`;
}
