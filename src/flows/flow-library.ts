// The definitions that stand. One that is in force is given up for a better one, or because its
// file is gone; never because its file cannot be used: the flow keeps the last good one. A flow
// that never had a good one accepts everything; `default` does not judge it, since it was not
// written for it.

import type { FlowDefinition, FlowDefinitions } from '../session/flow/definition.ts';
import { type ParsedFlowFile, parseFlowFile } from '../session/flow/file.ts';
import type { FlowFile } from '../session/flow/file-form.ts';
import type { FlowProblem } from '../session/flow/schema-problem.ts';
import { EXTENSION, type FolderFile } from './flow-folder.ts';

const DEFAULT_FLOW = 'default';

/** A file with what stands in it. */
export type ParsedFile = {
  source: FolderFile;
  parsed: ParsedFlowFile;
  /** The flow that it is for; where it does not say, the one that it was for, or that of its
   * name. */
  flowId: string;
};

/** A file of the library. */
export type LibraryFile = {
  name: string;
  flowId: string;
  /** Undefined while there are problems. */
  file: FlowFile | undefined;
  problems: FlowProblem[];
  /** What makes it slow on some updates, while there are no problems. */
  slow: FlowProblem[];
  /** What judges its flow: this file, what stood there when it was last good, or nothing. */
  inForce: 'this' | 'last good' | 'none';
};

/** What one look at the folder changed. */
export type LibraryChanges = {
  /** Flows whose definition is another now. */
  loaded: string[];
  /** Flows that have no definition of their own any more. */
  removed: string[];
  /** Files with problems that they did not have before. */
  failed: LibraryFile[];
  /** Files that had problems and have none now. */
  mended: LibraryFile[];
};

export type FlowLibrary = {
  /** Always the latest. */
  flows: FlowDefinitions;
  /** In order of their names. */
  files(): readonly LibraryFile[];
  /** Parses a file, unless it stands in the library as it is. */
  parse(source: FolderFile): ParsedFile;
  /** Takes what lies in the folder now, in place of all before. */
  take(files: readonly ParsedFile[]): LibraryChanges;
};

type Standing = { definition: FlowDefinition; isGood: boolean };

/** A library without any definition. */
export function createFlowLibrary(): FlowLibrary {
  let parsedFiles: ReadonlyMap<string, ParsedFile> = new Map();
  let libraryFiles: readonly LibraryFile[] = [];
  let standing: ReadonlyMap<string, Standing> = new Map();

  return {
    flows: { of: (flowId) => (standing.get(flowId) ?? standing.get(DEFAULT_FLOW))?.definition },
    files: () => libraryFiles,
    parse(source) {
      const known = parsedFiles.get(source.name);
      if (known && known.source.text === source.text && known.source.failure === source.failure)
        return known;
      const name = source.name.slice(0, -EXTENSION.length);
      const parsed: ParsedFlowFile =
        source.text === undefined
          ? { flowId: undefined, problems: [{ pointer: '', message: source.failure }] }
          : parseFlowFile(source.text, name);
      return { source, parsed, flowId: parsed.flowId ?? known?.flowId ?? name };
    },
    take(files) {
      const before = {
        standing,
        problems: new Map(libraryFiles.map((file) => [file.name, textOf(file)])),
      };
      const byFlow = Map.groupBy(files, ({ flowId }) => flowId);
      standing = new Map(
        [...byFlow].map(([flowId, claims]) => [flowId, standingOf(flowId, claims)]),
      );
      parsedFiles = new Map(files.map((file) => [file.source.name, file]));
      libraryFiles = files.map((file) => libraryFileFrom(file, byFlow.get(file.flowId) ?? []));
      return {
        loaded: [...standing].flatMap(([flowId, { definition, isGood }]) =>
          isGood && before.standing.get(flowId)?.definition !== definition ? [flowId] : [],
        ),
        removed: [...before.standing.keys()].filter((flowId) => !standing.has(flowId)),
        failed: libraryFiles.filter(
          (file) => textOf(file) && textOf(file) !== before.problems.get(file.name),
        ),
        mended: libraryFiles.filter((file) => !textOf(file) && before.problems.get(file.name)),
      };
    },
  };

  function standingOf(flowId: string, claims: readonly ParsedFile[]): Standing {
    const definition = claims.length === 1 ? claims[0]?.parsed.definition : undefined;
    if (definition) return { definition, isGood: true };
    return standing.get(flowId) ?? { definition: acceptingEverything(flowId), isGood: false };
  }

  function libraryFileFrom(
    { source, parsed, flowId }: ParsedFile,
    claims: readonly ParsedFile[],
  ): LibraryFile {
    const rivals = claims.map((claim) => claim.source.name).filter((name) => name !== source.name);
    const problems = [
      ...(parsed.problems ?? []),
      ...rivals.map((rival) => ({
        pointer: '',
        message: `it is for flow ${JSON.stringify(flowId)}, and so is ${rival}`,
      })),
    ];
    const common = { name: source.name, flowId, problems };
    if (problems.length === 0 && parsed.definition)
      return { ...common, file: parsed.file, slow: parsed.slow, inForce: 'this' };
    return {
      ...common,
      file: undefined,
      slow: [],
      inForce: standing.get(flowId)?.isGood ? 'last good' : 'none',
    };
  }
}

function acceptingEverything(flowId: string): FlowDefinition {
  return {
    flowId,
    ttlMs: undefined,
    historyMaxEntries: undefined,
    fallback: undefined,
    judge: (posted) => ({ ...posted, violations: [] }),
  };
}

/** Tells whether problems are the same as before; empty without any. */
function textOf({ problems }: LibraryFile): string {
  return problems.map(({ pointer, message }) => `${pointer} ${message}`).join('\n');
}
