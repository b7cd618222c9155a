import type { NumberedInput } from '../kinds.ts';
import { bytesOf } from './http2-exchange.ts';
import { faultOf, type Outcome } from './outcome.ts';

const BYTES_SHOWN = 1000;

/** An input as a failing run shows it: its number, by which it can be sent again, its kind and
 * its bytes. */
export function printedInput({ number, kind, input }: NumberedInput): string {
  const bytes = input.transport === 'http1' ? input.bytes : bytesOf(input, 1);
  const { listener, answers } = input;
  const text = escaped(bytes.subarray(0, BYTES_SHOWN));
  return `  FUZZ_ONLY=${number} (${kind}, ${input.transport} to ${listener}, ${answers}, ${bytes.length} bytes): ${text}`;
}

/** The answer that goes with it. */
export function printedAnswer({ statuses, answer }: Outcome): string {
  const bad = statuses.find((status) => faultOf(status) !== undefined)?.slice(0, 3);
  // Of several answers the one that is wrong.
  const from = bad === undefined ? 0 : Math.max(0, answer.indexOf(`HTTP/1.1 ${bad}`));
  const shown = escaped(Buffer.from(answer.slice(from, from + BYTES_SHOWN), 'latin1'));
  return `  answered ${statuses.join(', ')}: ${shown}`;
}

function escaped(bytes: Buffer): string {
  const text = bytes
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');
  return text.replace(
    /[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
