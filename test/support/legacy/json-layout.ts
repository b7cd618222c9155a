// Writes a session as the FastAPI service stored it, to the byte: what Python's json.dumps gives of
// its dictionary, with its separators, its order of keys, and all but ASCII escaped.

export type PythonSession = {
  sessionId: string;
  userId?: string | null;
  flowId?: string | null;
  /** Unix seconds. */
  timestamp?: number;
  variables?: Record<string, unknown>;
  context?: Record<string, unknown>;
  /** Unix seconds; only a session that was merged has it. */
  lastUpdated?: number;
};

/** How long a session was kept. */
export const JSON_TTL_SECONDS = 3600;

export function jsonKey(sessionId: string): string {
  return `session:${sessionId}`;
}

export function jsonValue({ lastUpdated, ...session }: PythonSession): Buffer {
  const { sessionId, userId = null, flowId = null, timestamp = 1_718_445_600 } = session;
  const { variables = {}, context = {} } = session;
  return Buffer.from(
    dumps({
      ...{ sessionId, userId, variables, context, timestamp, flowId },
      ...(lastUpdated !== undefined && { lastUpdated }),
    }),
  );
}

/** json.dumps of Python. */
function dumps(value: unknown): string {
  if (typeof value === 'string') return asciiText(value);
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => `${asciiText(key)}: ${dumps(inner)}`);
  return `{${members.join(', ')}}`;
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
