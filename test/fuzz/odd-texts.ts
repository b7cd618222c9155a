// Texts that programs stumble over. All texts of the generators are binary: a character is a byte.

import type { Random } from '../model/random.ts';

/** The UTF-8 bytes of a text, as a binary text. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const ODD_TEXTS = [
  ...[
    '',
    ' ',
    '\t',
    '\0',
    '\n',
    '\x7f',
    '\x1b[2J',
    '.',
    '..',
    '../../etc/passwd',
    '/',
    '//',
    '\\',
    '%',
    '%zz',
    '%00',
  ],
  ...[
    '{{input.sessionId}}',
    'undefined',
    'null',
    'NaN',
    '[object Object]',
    'true',
    '-1',
    '0',
    '1e309',
    '$(x)',
    '%s%n',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    '*',
    '{a}',
    '[a]',
    'a:b',
    '?',
  ],
  ...[
    "' OR 1=1 --",
    '"; DROP TABLE session;',
    '<script>',
    '\r\nX-Injected: 1\r\n\r\n',
    'none',
    'W/"1"',
    '"',
    '""',
  ],
  ...[
    'é',
    'e\u0301',
    '😀',
    '\u202e',
    '\ufeff',
    '\ufffd',
    '\u0000',
    '\u2028',
    '𝒳',
    'ключ',
    '用户',
  ].map(utf8),
  // Not UTF-8: a lone byte, an overlong form, a surrogate, a code point beyond the last, a cut
  // sequence.
  ...[
    '\xe4',
    '\xff',
    '\xc0\xaf',
    '\xed\xa0\x80',
    '\xed\xbf\xbf',
    '\xf4\x90\x80\x80',
    '\xe2\x82',
    '\xf0\x9f\x98',
  ],
  ...['a'.repeat(513), 'b'.repeat(4096), utf8('ß'.repeat(300)), ' '.repeat(100)],
];

const ODD_NUMBERS = [
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '1.5',
    '.5',
    '1.',
    '01',
    '1e5',
    '1E400',
    '-1e309',
    '1e-400',
    '0x10',
    '1_000',
    'NaN',
  ],
  ...[
    'Infinity',
    '-Infinity',
    '2147483648',
    '4294967296',
    '9007199254740993',
    '18446744073709551616',
    '1718445600',
  ],
  ...[
    '1718445600000',
    '1718445600.5',
    '253402300800',
    '99999999999999999999',
    '1'.repeat(400),
    '+1',
    '1,5',
    '--1',
  ],
];

const TIMESTAMPS = [
  ...[
    '2024-06-15T10:00:00Z',
    '2024-06-15T12:00:00.000+02:00',
    '2024-06-15T10:00:00',
    '1718445600',
    '1718445600123',
  ],
  ...['2024-06-15T10:00:00.123456789Z', '1718445600.25', '2099-01-01T00:00:00Z', ''],
];

const WRONG_TIMESTAMPS = [
  ...[
    '2024-02-30T10:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:60Z',
    '2024-06-15T10:00:00+99:99',
    'yesterday',
  ],
  ...[
    '2024-06-15T10:00:00.123456789123Z',
    '-62135596800',
    '2024-06-15 10:00:00',
    '99999999999999999',
  ],
];

export const oddText = (random: Random): string => random.pick(ODD_TEXTS);
export const oddNumber = (random: Random): string => random.pick(ODD_NUMBERS);
export const someTimestamp = (random: Random): string =>
  random.pick(random.chance(0.05) ? WRONG_TIMESTAMPS : TIMESTAMPS);

/** Mostly one of a few hundred, so that inputs meet in sessions; sometimes an odd one. */
export function someId(random: Random, prefix: string, nearIds: readonly Buffer[] = []): string {
  if (random.chance(0.03) && nearIds.length > 0) return random.pick(nearIds).toString('latin1');
  return random.chance(0.05) ? oddText(random) : `${prefix}-${random.below(300)}`;
}

/** Bytes without any meaning. */
export function someBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = random.below(256);
  return bytes;
}
