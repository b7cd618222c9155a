import type { NumberedInput } from '../kinds.ts';
import { bytesOf } from './http2-exchange.ts';
import type { Outcome } from './outcome.ts';

const BYTES_SHOWN = 1000;

/** An input as a failing run shows it: its number, by which it can be sent again, its kind and its bytes. */
export function printedInput({ number, kind, input }: NumberedInput): string {
  const bytes = input.transport === 'http1' ? input.bytes : bytesOf(input, 1);
  const { listener, answers } = input;
  const text = escaped(bytes.subarray(0, BYTES_SHOWN));
  return `  FUZZ_ONLY=${number} (${kind}, ${input.transport} to ${listener}, ${answers}, ${bytes.length} bytes): ${text}`;
}

/** The answer that goes with it. */
export function printedAnswer({ statuses, answer }: Outcome): string {
  return `  answered ${statuses.join(', ')}: ${escaped(Buffer.from(answer.slice(0, BYTES_SHOWN), 'latin1'))}`;
}

function escaped(bytes: Buffer): string {
  const text = bytes
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');
  return text.replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
