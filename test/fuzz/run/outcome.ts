// What came of one input.

export type Outcome = {
  /** What was answered: `200`, `503`, `200 grpc 3`, `reset 2`. Empty where the connection was
   * closed without. */
  statuses: string[];
  /** Time from the first byte sent to the end of the last answer, ms. */
  latencyMs: number;
  /** The answer, or its beginning. */
  answer: string;
  /** What is wrong with it; undefined where nothing is. */
  fault?: string;
};

/** 5xx that the documents explain, for inputs that damage nothing at rest. */
const DOCUMENTED_5XX = ['501', '503', '504', '505'];
/** gRPC's codes of a bug: unknown, internal, data_loss. */
const GRPC_BUGS = ['2', '13', '15'];
/** RST_STREAM with INTERNAL_ERROR. */
const RESET_BY_A_BUG = 'reset 2';

/** What is wrong with a status; undefined where nothing is. */
export function faultOf(status: string): string | undefined {
  const [, http = '', grpc] = /^(\d{3})?(?: grpc (\d+))?$/.exec(status) ?? [];
  const isUndocumented = http.startsWith('5') && !DOCUMENTED_5XX.includes(http);
  if (isUndocumented || status === RESET_BY_A_BUG) return `the answer ${status} is not documented`;
  if (grpc !== undefined && GRPC_BUGS.includes(grpc))
    return `gRPC status ${grpc} says that there is a bug`;
  return undefined;
}
