// A stand-in for the flow that Cognigy runs a node in. What it does is what Cognigy's documentation
// says of extensions, and what its published REST client does with a context; nothing of it was
// compared with a live Cognigy.
//
// - A node gets copies, since extensions run in a process of their own: what it changes in them has
//   no effect. It acts by the API alone, at most ten times; logging does not count.
// - An argument of the API has at most 62 KB, where a character counts as two bytes.
// - The context ignores an empty key, takes a dot in a key for a path, and puts an error in the
//   place of a value that makes it larger than 64 KB.

import type { Extension, NodeDescriptor } from './built-extension.ts';

const API_CALLS = 10;
const ARGUMENT_BYTES = 62_000;
const CONTEXT_BYTES = 64_000;

type JsonObject = Record<string, unknown>;

export type Flow = {
  input: JsonObject;
  context: JsonObject;
  profile: JsonObject;
  logs: { level: string; text: string }[];
  /** Runs a node with its fields as a flow builder leaves them, but for those that are given.
   * Resolves with the type of the child that the flow continues with, or undefined. */
  run(type: string, fields?: JsonObject): Promise<string | undefined>;
};

let flows = 0;

/** A flow at the first message of a session. */
export function createFlow(
  extension: Extension,
  { input = {}, context = {}, profile = {} }: Partial<Pick<Flow, 'input' | 'context' | 'profile'>>,
): Flow {
  const number = `${process.pid}-${flows++}`;
  const flow: Flow = {
    input: {
      ...{ sessionId: `session-${number}`, userId: `user-${number}`, flowName: 'Refunds' },
      ...{ inputId: `input-${number}`, execution: 1, text: 'hello' },
      ...input,
    },
    context: { ...context },
    profile,
    logs: [],
    async run(type, fields = {}) {
      const node = nodeOf(extension, type);
      const children = node.dependencies.children.map((child) => ({
        ...{ id: `id-of-${child}`, type: child, config: {} },
      }));
      const { api, next } = createApi(flow, new Set(children.map(({ id }) => id)));
      const { input, context, profile } = structuredClone({ ...flow, logs: [], run: undefined });
      await node.function?.({
        ...{ nodeId: 'id-of-the-node', childConfigs: children },
        cognigy: { api, input, context, profile },
        config: { ...defaultsOf(node, flow), ...structuredClone(fields) },
      });
      return children.find(({ id }) => id === next())?.type;
    },
  };
  return flow;
}

/** A node of the extension. */
export function nodeOf({ nodes }: Extension, type: string): NodeDescriptor {
  const node = nodes.find((candidate) => candidate.type === type);
  if (!node) throw new Error(`the extension has no node ${type}`);
  return node;
}

/** The fields as they are when nobody has touched them, with placeholders resolved. */
function defaultsOf({ fields }: NodeDescriptor, { input }: Flow): JsonObject {
  return Object.fromEntries(
    fields.map(({ key, defaultValue }) => [
      key,
      typeof defaultValue === 'string'
        ? defaultValue.replace(/\{\{input\.(\w+)\}\}/g, (_, name) => String(input[name]))
        : defaultValue,
    ]),
  );
}

function createApi(flow: Flow, childIds: ReadonlySet<string>) {
  let calls = 0;
  let nextId: string | undefined;
  /** An action of the API, which counts and gets its arguments by JSON. */
  const action =
    (act: (...args: never[]) => void) =>
    (...args: unknown[]) => {
      calls += 1;
      if (calls > API_CALLS) throw new Error(`more than ${API_CALLS} API calls`);
      const tooLarge = args.find((argument) => bytesOf(argument) > ARGUMENT_BYTES);
      if (tooLarge !== undefined) throw new Error('an argument is too large');
      act(...(JSON.parse(JSON.stringify(args)) as never[]));
    };
  const api = {
    log: (level: string, text: string) => flow.logs.push({ level, text }),
    addToInput: action((key: string, value: unknown) => {
      flow.input[key] = value;
    }),
    addToContext: action((key: string, value: unknown, mode: string) => {
      if (mode !== 'simple') throw new Error(`the mode is ${mode}`);
      setInContext(flow.context, key, value);
    }),
    deleteContext: action((key: string) => {
      delete flow.context[key];
    }),
    setNextNode: action((id: string) => {
      if (!childIds.has(id)) throw new Error(`${id} is no child of the node`);
      nextId = id;
    }),
  };
  return { api, next: () => nextId };
}

function setInContext(context: JsonObject, key: string, value: unknown): void {
  if (key === '') return;
  const path = key.split('.');
  const last = path.pop() ?? '';
  const place = path.reduce<JsonObject>((inner, step) => {
    inner[step] ??= {};
    return inner[step] as JsonObject;
  }, context);
  place[last] = value;
  if (bytesOf(context) > CONTEXT_BYTES)
    place[last] = {
      error: `Cannot add value to context for key ${key}: exceeded maximum context size.`,
    };
}

/** The size of a value as Cognigy counts it. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value === 'number') return 8;
  if (typeof value === 'boolean') return 4;
  if (Array.isArray(value)) return value.reduce((sum, inner) => sum + bytesOf(inner), 0);
  return Object.entries(Object(value)).reduce(
    (sum, [key, inner]) => sum + 2 * key.length + bytesOf(inner),
    0,
  );
}
