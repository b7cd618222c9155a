// All that is kept of a user, as one JSON document, which is written session by session. Whether it
// will be complete is looked at before, so that the status says it; the end of the document says what
// was true once all had been read.

import {
  EXPORT_FORMAT,
  type ExportEnd,
  type ExportedSession,
  type ExportHead,
  type ExportPart,
} from '../../service/listing/user-export.ts';
import type { Receipt, SessionService } from '../../service/session-service.ts';
import type { RefusalReason } from '../../session/errors.ts';
import type { JsonWriter } from '../../session/json/json-writer.ts';
import { membersJson } from '../../session/json/members.ts';
import { logIdOf } from '../../session/log-id.ts';
import { REFUSALS } from '../refusals.ts';
import { answeredFacts, retryAfterHeader } from '../retry-after.ts';
import { incompleteExport } from '../rpc/incomplete-export.ts';
import { ClientGone } from '../server/collect-body.ts';
import { type Answer, bytesOf } from '../server/http-exchange.ts';
import {
  inspectionMembers,
  instantJson,
  quarantinedJson,
  tombstoneJson,
} from './inspection-answer.ts';
import { sessionMembers } from './session-answer.ts';

const SERVICE = 'cognigy-session-sidecar';

/** Exports a user. `onIncomplete` is called with why an export is answered with the status of an
 * error; its body is the document all the same. Throws `ClientGone` once `signal` says that
 * nobody waits for the export. */
export async function exportAnswer(
  service: SessionService,
  {
    receipt,
    userId,
    signal,
    onIncomplete,
  }: {
    receipt: Receipt;
    userId: string;
    signal: AbortSignal;
    onIncomplete: (reason: RefusalReason) => void;
  },
): Promise<Answer> {
  const end = await checked(service, { receipt, userId }, signal);
  const why = end?.isComplete === false ? incompleteExport(end) : undefined;
  if (why) onIncomplete(why.reason);
  const parts = service.exportUser({ receipt, userId, isCheckOnly: false });
  const rest = parts[Symbol.asyncIterator]();
  signal.addEventListener('abort', () => void rest.return?.(undefined));
  // Before the status is sent: without it, an error would only cut the connection.
  const head = await rest.next();
  return {
    status: why ? REFUSALS[why.reason].status : 200,
    headers: {
      ...{ 'content-type': 'application/json', 'cache-control': 'no-store' },
      'content-disposition': `attachment; filename="user-${logIdOf(userId)}.json"`,
      ...(why && retryAfterHeader(answeredFacts(why))),
    },
    body: documentOf(head, rest),
  };
}

async function checked(
  service: SessionService,
  asked: { receipt: Receipt; userId: string },
  signal: AbortSignal,
) {
  let end: ExportEnd | undefined;
  for await (const part of service.exportUser({ ...asked, isCheckOnly: true })) {
    if (signal.aborted) throw new ClientGone();
    if (part.kind === 'end') end = part;
  }
  return end;
}

async function* documentOf(
  head: IteratorResult<ExportPart>,
  rest: AsyncIterator<ExportPart>,
): AsyncGenerator<Uint8Array> {
  let separator = '';
  for (let next = head; !next.done; next = await rest.next()) {
    const part = next.value;
    const json = Buffer.from(bytesOf(membersJson(membersOf(part))));
    if (part.kind === 'head') {
      // Open for what follows.
      yield Buffer.concat([json.subarray(0, -1), Buffer.from(',"sessions":[\n')]);
    } else if (part.kind === 'session') {
      yield Buffer.concat([Buffer.from(separator), json]);
      separator = ',\n';
    } else yield Buffer.concat([Buffer.from('\n],'), json.subarray(1), Buffer.from('\n')]);
  }
}

function membersOf(part: ExportPart): Record<string, unknown> {
  switch (part.kind) {
    case 'head':
      return headMembers(part);
    case 'session':
      return exportedMembers(part);
    case 'end': {
      const { isComplete: complete, sessions, spooledUpdates, problemCount, problems } = part;
      return { complete, sessionCount: sessions, spooledUpdates, problemCount, problems };
    }
  }
}

function headMembers({ serviceVersion, userId, exportedAtMs, ...head }: ExportHead) {
  const { indexEntries, tombstone, isBeingErased, isRedacted } = head;
  return {
    ...{ format: EXPORT_FORMAT, service: SERVICE, serviceVersion, userId },
    ...{ exportedAt: instantJson(exportedAtMs), indexEntries, tombstone: tombstoneJson(tombstone) },
    ...{ isBeingErased, isRedacted },
  };
}

function exportedMembers(session: ExportedSession): Record<string, unknown> {
  const { sessionId, inspection, values } = session;
  if (inspection === undefined) {
    const quarantine = session.quarantine.map((frame) => quarantinedJson(frame, true));
    return { sessionId, live: false, tombstone: tombstoneJson(session.tombstone), quarantine };
  }
  const { sessionId: _, ...state } = sessionMembers(inspection.state);
  return {
    ...{ sessionId, live: true, ...state },
    ...inspectionMembers(inspection, { includeRaw: true }),
    values: (writer: JsonWriter) => writer.list(values, (one) => writeValues(writer, one)),
  };
}

function writeValues(
  writer: JsonWriter,
  { frame, variables, context }: ExportedSession['values'][number],
): void {
  writer.raw('{"frame":');
  writer.string(frame);
  writer.raw(',"variables":');
  writer.object(variables);
  writer.raw(',"context":');
  writer.object(context);
  writer.raw('}');
}
