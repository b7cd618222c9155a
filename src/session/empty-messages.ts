// Messages without any value, as generated code makes them, in a tenth of the time. Their fields
// are written out: a literal that spreads others takes as long as generated code.

import {
  Codec,
  type SessionState,
  type Update,
} from '../gen/cognigy/session/v1/session_state_pb.ts';

const NO_BYTES = new Uint8Array();

/** A state without updates. */
export function emptyState(): SessionState {
  return {
    $typeName: 'cognigy.session.v1.SessionState',
    format: 0,
    codec: Codec.UNSPECIFIED,
    keyId: '',
    sealed: NO_BYTES,
    sessionId: '',
    updates: [],
    history: [],
  };
}

/** An update that changes nothing, without a stamp. */
export function emptyUpdate(): Update {
  return {
    $typeName: 'cognigy.session.v1.Update',
    timestamp: '',
    userId: '',
    flowId: '',
    variables: [],
    context: [],
    removedVariables: [],
    removedContext: [],
    contentTag: NO_BYTES,
    replacesVariables: false,
    replacesContext: false,
  };
}
