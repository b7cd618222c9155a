// Follows the folder of the flow definitions while the service runs.

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

/** Kubernetes takes up to a minute to update a ConfigMap in a Pod; this adds little to that. */
const LOOK_EVERY_MS = 2000;

/** Most files with problems that the readiness page lists. */
const FAILURES_MAX = 20;

export type FollowedFlows = {
  flows: FlowDefinitions;
  /** Why definitions in the folder are not in force, a line each; empty if all are. */
  failures(): string[];
  stop(): void;
};

export type FollowFlowsOptions = {
  log: Logger;
  metrics: { flowDefinitions: Pick<Metrics['flowDefinitions'], 'setEach'> };
  everyMs?: number;
};

/** Reads the folder now, and then regularly until stopped. Resolves after the first read. Polls
 * instead of watching, for the reasons given in config/follow-files.ts. If the folder cannot be
 * read, all definitions stay as they are. */
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
    metrics.flowDefinitions.setEach({
      loaded: library.files().length - failed,
      failed: failed + (folderFailure === undefined ? 0 : 1),
    });
    if (!stopped) timer = setTimeout(look, everyMs).unref();
  }

  async function parseFiles(): Promise<ParsedFile[]> {
    const files: ParsedFile[] = [];
    for (const file of await readFlowFolder(folder)) {
      files.push(library.parse(file));
      // Compiling takes milliseconds; requests continue in between.
      await letOthersRun();
    }
    return files;
  }

  function logChanges({ loaded, removed, failed, repaired }: LibraryChanges): void {
    if (loaded.length > 0) log.info('flow definitions were loaded', { flows: loaded });
    if (removed.length > 0) log.info('flow definitions were removed', { flows: removed });
    for (const { name, flowId } of repaired)
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
  const effect =
    inForce === 'last good' ? `${flow} keeps its last good one` : `${flow} accepts everything`;
  return `${name}: ${first}${further}; ${effect}`;
}
