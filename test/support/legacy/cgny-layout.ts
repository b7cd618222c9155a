// Writes a session as the Spring Boot service stored it, to the byte: what Java's DataOutputStream
// gives, in both forms of the magic.

import { createHash } from 'node:crypto';

export type JavaSession = {
  sessionId: string;
  timestampMs?: number;
  /** null is stored as an empty text. */
  context?: Record<string, string | null>;
  history?: { nodeId: string; timestamp: string }[];
};

/** `bare`: four bytes; `utf`: as writeUTF writes it. */
export type MagicForm = 'bare' | 'utf';

/** How long a session was kept. */
export const CGNY_TTL_SECONDS = 86_400;

export function cgnyKey(sessionId: string): string {
  return `cognigy:state:${sessionId}`;
}

export function cgnyValue(session: JavaSession, magic: MagicForm = 'bare'): Buffer {
  return framed(cgnyPayload(session, magic));
}

/** A payload between its length and its digest. */
export function framed(payload: Buffer): Buffer {
  return Buffer.concat([
    int32(payload.length),
    payload,
    createHash('sha256').update(payload).digest(),
  ]);
}

export function cgnyPayload(
  { sessionId, timestampMs = 1_718_445_780_000, context = {}, history = [] }: JavaSession,
  magic: MagicForm = 'bare',
): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(timestampMs));
  const entries = Object.entries(context);
  return Buffer.concat([
    magic === 'bare' ? Buffer.from('CGNY') : utf('CGNY'),
    int32(1),
    utf(sessionId),
    time,
    int32(entries.length),
    ...entries.flatMap(([key, value]) => [utf(key), utf(value ?? '')]),
    int32(history.length),
    ...history.flatMap(({ nodeId, timestamp }) => [utf(nodeId), utf(timestamp)]),
  ]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** writeUTF: a length in two bytes, then each UTF-16 unit on its own, and NUL in two bytes. */
export function utf(text: string): Buffer {
  const bytes: number[] = [];
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place);
    if (unit >= 0x01 && unit <= 0x7f) bytes.push(unit);
    else if (unit <= 0x7ff) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  if (bytes.length > 0xffff) throw new Error('writeUTF takes at most 65 535 bytes');
  return Buffer.from([bytes.length >> 8, bytes.length & 0xff, ...bytes]);
}
