// The definitions in force. A definition is replaced by a newer valid one, or removed together with
// its file; never because its file cannot be used: then the flow keeps the last good one. A flow
// that has a file but never had a good definition accepts everything; `default` does not apply to
// it, since it was not written for that flow.

import type { FlowDefinition, FlowDefinitions } from '../session/flow/definition.ts';
import { type ParsedFlowFile, parseFlowFile } from '../session/flow/file.ts';
import type { FlowFile } from '../session/flow/file-form.ts';
import type { FlowProblem } from '../session/flow/schema-problem.ts';
import { EXTENSION, type FolderFile } from './flow-folder.ts';

const DEFAULT_FLOW = 'default';

/** A file and its parsed contents. */
export type ParsedFile = {
  source: FolderFile;
  parsed: ParsedFlowFile;
  /** The flow that it is for; if that cannot be read, the flow that it was for before, or the one
   * of its file name. */
  flowId: string;
};

export type LibraryFile = {
  name: string;
  flowId: string;
  /** Undefined while there are problems. */
  file: FlowFile | undefined;
  problems: FlowProblem[];
  /** What makes it slow on some updates, while there are no problems. */
  slow: FlowProblem[];
  /** What validates its flow: this file, its last good contents, or nothing. */
  inForce: 'this' | 'last good' | 'none';
};

/** What changed since the folder was read before. */
export type LibraryChanges = {
  /** Flows whose definition has changed. */
  loaded: string[];
  /** Flows that no longer have a definition of their own. */
  removed: string[];
  /** Files with new problems. */
  failed: LibraryFile[];
  /** Files that had problems and have none now. */
  repaired: LibraryFile[];
};

export type FlowLibrary = {
  /** Always the latest. */
  flows: FlowDefinitions;
  /** In order of their names. */
  files(): readonly LibraryFile[];
  /** Parses a file, unless the library already has the same contents. */
  parse(source: FolderFile): ParsedFile;
  /** Replaces all files by what is in the folder now. */
  take(files: readonly ParsedFile[]): LibraryChanges;
};

type ActiveDefinition = { definition: FlowDefinition; isGood: boolean };

/** A library without any definition. */
export function createFlowLibrary(): FlowLibrary {
  let parsedFiles: ReadonlyMap<string, ParsedFile> = new Map();
  let libraryFiles: readonly LibraryFile[] = [];
  let active: ReadonlyMap<string, ActiveDefinition> = new Map();

  return {
    flows: { of: (flowId) => (active.get(flowId) ?? active.get(DEFAULT_FLOW))?.definition },
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
        active,
        problems: new Map(libraryFiles.map((file) => [file.name, textOf(file)])),
      };
      const byFlow = Map.groupBy(files, ({ flowId }) => flowId);
      active = new Map(
        [...byFlow].map(([flowId, claims]) => [flowId, definitionFor(flowId, claims)]),
      );
      parsedFiles = new Map(files.map((file) => [file.source.name, file]));
      libraryFiles = files.map((file) => libraryFileFrom(file, byFlow.get(file.flowId) ?? []));
      return {
        loaded: [...active].flatMap(([flowId, { definition, isGood }]) =>
          isGood && before.active.get(flowId)?.definition !== definition ? [flowId] : [],
        ),
        removed: [...before.active.keys()].filter((flowId) => !active.has(flowId)),
        failed: libraryFiles.filter(
          (file) => textOf(file) && textOf(file) !== before.problems.get(file.name),
        ),
        repaired: libraryFiles.filter((file) => !textOf(file) && before.problems.get(file.name)),
      };
    },
  };

  function definitionFor(flowId: string, claims: readonly ParsedFile[]): ActiveDefinition {
    const definition = claims.length === 1 ? claims[0]?.parsed.definition : undefined;
    if (definition) return { definition, isGood: true };
    return active.get(flowId) ?? { definition: acceptingEverything(flowId), isGood: false };
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
      inForce: active.get(flowId)?.isGood ? 'last good' : 'none',
    };
  }
}

function acceptingEverything(flowId: string): FlowDefinition {
  return {
    flowId,
    ttlMs: undefined,
    historyMaxEntries: undefined,
    fallback: undefined,
    validate: (posted) => ({ ...posted, violations: [] }),
  };
}

/** The problems of a file as one text, to compare them; empty if there are none. */
function textOf({ problems }: LibraryFile): string {
  return problems.map(({ pointer, message }) => `${pointer} ${message}`).join('\n');
}
