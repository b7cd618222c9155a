// The table of fields that a webhook body may have. The parser reads bodies by it; the proto, the
// table of docs/flows/fields.md and the OpenAPI document are compared with it or made from it.

/** What a field may hold, besides nothing: null, and an empty text. `object`, `keys` and `steps`
 * may also be the JSON text of their value. */
export type FieldForm =
  /** A text, or a number, which counts as its digits. */
  | 'id'
  /** A text, or a number: a whole number from 0 on. */
  | 'count'
  /** A text, a number, or an object with `ISODate`. */
  | 'time'
  | 'object'
  /** A list of texts. */
  | 'keys'
  /** A list of objects with `nodeId` and `timestamp`. */
  | 'steps'
  | 'flag'
  /** A text of ours, which is sent back as it is. */
  | 'token';

/** The methods of WebhookService whose requests have fields. */
export type MethodName = 'Save' | 'Restore' | 'Touch' | 'List' | 'Delete';

/** One field. */
export type BodyField = {
  /** Its name, and then its other names. */
  names: readonly [string, ...string[]];
  form: FieldForm;
  /** The methods that read it. */
  of: readonly MethodName[];
};

const SAVE = ['Save'] as const;
const SAVE_AND_DELETE = ['Save', 'Delete'] as const;
const SAVE_AND_TOUCH = ['Save', 'Touch'] as const;
const OF_A_USER = ['Save', 'Restore', 'List', 'Delete'] as const;
const OF_A_SESSION = ['Save', 'Restore', 'Touch', 'Delete'] as const;

/** Every field, in the order of that table. */
export const BODY_FIELDS = {
  sessionId: { names: ['sessionId', 'session_id'], form: 'id', of: OF_A_SESSION },
  userId: { names: ['userId', 'user_id'], form: 'id', of: OF_A_USER },
  flowId: { names: ['flowId', 'flow_id', 'flowName', 'flow_name'], form: 'id', of: SAVE },
  variables: { names: ['variables'], form: 'object', of: SAVE },
  context: { names: ['context'], form: 'object', of: SAVE },
  removedVariables: { names: ['removedVariables', 'removed_variables'], form: 'keys', of: SAVE },
  removedContext: { names: ['removedContext', 'removed_context'], form: 'keys', of: SAVE },
  replace: { names: ['replace'], form: 'keys', of: SAVE },
  history: { names: ['history'], form: 'steps', of: SAVE },
  timestamp: { names: ['timestamp'], form: 'time', of: SAVE },
  sequence: { names: ['sequence', 'execution'], form: 'count', of: SAVE },
  inputId: { names: ['inputId', 'input_id'], form: 'id', of: SAVE },
  updateId: { names: ['updateId', 'update_id'], form: 'id', of: SAVE_AND_DELETE },
  ifMatch: { names: ['ifMatch', 'if_match'], form: 'id', of: SAVE_AND_DELETE },
  lockToken: { names: ['lockToken', 'lock_token'], form: 'id', of: SAVE },
  ttl: { names: ['ttl'], form: 'count', of: SAVE_AND_TOUCH },
  ttlMode: { names: ['ttlMode', 'ttl_mode'], form: 'id', of: SAVE },
  revision: { names: ['revision'], form: 'count', of: ['Restore'] },
  pageSize: { names: ['pageSize', 'page_size'], form: 'count', of: ['List'] },
  pageToken: { names: ['pageToken', 'page_token'], form: 'token', of: ['List'] },
  allSessions: { names: ['allSessions', 'all_sessions'], form: 'flag', of: ['Delete'] },
} as const satisfies Record<string, BodyField>;

/** The fields of one step of a history. */
export const STEP_FIELDS = {
  nodeId: { names: ['nodeId', 'node_id'], form: 'id' },
  timestamp: { names: ['timestamp'], form: 'time' },
} as const satisfies Record<string, Omit<BodyField, 'of'>>;
