import { parseJson } from '../../session/json/parse.ts';
import type { KeyValue } from '../../session/json/value.ts';
import type { ExportPart } from '../listing/user-export.ts';
import type {
  QuarantineInspection,
  SessionInspection,
  SessionService,
} from '../session-service.ts';
import {
  type Redaction,
  redactedExplanation,
  redactedTimeline,
  visiblePointer,
} from './redacted-changes.ts';

/** Shown in the place of a value. */
export const REDACTED = '[redacted]';

/** The same service, whose inspections, timelines and explanations do not show the values under
 * these keys, at any depth of variables and context, in upper or lower case. Bytes of frames are
 * not shown at all then.
 * Restores are answered whole: flows need the values; so are exports, for callers who may
 * restore. */
export function createRedactedService(
  service: SessionService,
  keys: readonly string[],
): SessionService {
  const redacted = new Set(keys.map((key) => key.toLowerCase()));
  const shown = ({ key, json }: KeyValue): KeyValue => ({
    key,
    json: redacted.has(key.toLowerCase()) ? JSON.stringify(REDACTED) : redactedJson(json, redacted),
  });
  const redaction: Redaction = {
    isRedacted: (key) => redacted.has(key.toLowerCase()),
    redactedJson: (json) => redactedJson(json, redacted),
    placeholder: JSON.stringify(REDACTED),
  };
  return {
    ...service,
    async timeline(query) {
      const timeline = await service.timeline(query);
      return timeline && redactedTimeline(timeline, redaction);
    },
    async explain(query) {
      // What a value that is not shown has inside is not to be found out either.
      const { pointer } = visiblePointer(query.pointer, redaction);
      const explanation = await service.explain({ ...query, pointer });
      return explanation && redactedExplanation(explanation, redaction);
    },
    async inspect(query) {
      const inspection = await service.inspect(query);
      return inspection && redactedInspection(inspection);
    },
    // Who may restore sessions sees the values anyway, and an export is to be complete.
    async *exportUser(query) {
      const isShown = query.receipt.caller?.scopes.includes('restore') ?? true;
      for await (const part of service.exportUser(query)) yield isShown ? part : redactedPart(part);
    },
  };

  function redactedInspection(inspection: SessionInspection): SessionInspection {
    const { state, frames, quarantine } = inspection;
    const variables = state.variables.map(shown);
    const context = state.context.map(shown);
    return {
      ...inspection,
      state: { ...state, variables, context },
      frames: frames.map((frame) => ({ ...frame, rawBytes: undefined })),
      quarantine: quarantine.map(withoutBytes),
    };
  }

  function redactedPart(part: ExportPart): ExportPart {
    if (part.kind === 'head') return { ...part, isRedacted: true };
    if (part.kind === 'end') return part;
    return {
      ...part,
      inspection: part.inspection && redactedInspection(part.inspection),
      quarantine: part.quarantine.map(withoutBytes),
      values: part.values.map(({ frame, variables, context }) => ({
        ...{ frame, variables: variables.map(shown), context: context.map(shown) },
      })),
    };
  }
}

function withoutBytes(frame: QuarantineInspection): QuarantineInspection {
  return { ...frame, rawBytes: new Uint8Array() };
}

function redactedJson(json: string, redacted: ReadonlySet<string>): string {
  if (!json.includes('{')) return json;
  const replaced = (key: string, member: unknown) =>
    redacted.has(key.toLowerCase()) ? REDACTED : member;
  return JSON.stringify(parseJson(json), replaced);
}
