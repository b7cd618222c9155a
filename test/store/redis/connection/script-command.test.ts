// A call of a script as it is sent, held to what the library sends for the same.

import fc from 'fast-check';
import { Command, type Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { sendScript } from '../../../../src/store/redis/connection/script-command.ts';

/** What a client uses of a command, whatever its class. */
type Sent = Pick<Command, 'name' | 'toWritable' | 'resolve' | 'reject' | 'setTimeout'>;

function sent(args: (string | Buffer)[]): { command: Sent; answer: Promise<unknown> } {
  let command: Sent | undefined;
  const sendCommand = (given: Sent) => {
    command = given;
  };
  const node = { sendCommand } as unknown as Redis;
  const answer = sendScript(node, args);
  if (!command) throw new Error('nothing was sent');
  return { command, answer };
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\r\n',
    '\u007f',
    '\u0080',
    '\ud800',
    'x'.repeat(64),
    'x'.repeat(65),
  ),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length)),
);

test('any arguments are sent as the library sends them', () => {
  const argument = fc.oneof(
    text,
    bytes.map((each) => Buffer.from(each)),
  );
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 20 }), (args) => {
      const expected = new Command('evalsha', [...args]).toWritable(undefined as never);
      expect(sent(args).command.toWritable(undefined as never)).toEqual(Buffer.from(expected));
    }),
    { numRuns: 1000 },
  );
});

test('the answer is what the server answers, or its error', async () => {
  const answered = sent(['1']);
  answered.command.resolve(['stored']);
  expect(await answered.answer).toEqual(['stored']);
  const failed = sent(['1']);
  failed.command.reject(new Error('NOSCRIPT'));
  await expect(failed.answer).rejects.toThrow('NOSCRIPT');
});

test('what is not answered in time fails as a command of the library does', async () => {
  const { command, answer } = sent(['1']);
  command.setTimeout(1);
  const library = new Command('evalsha', []);
  library.setTimeout(1);
  const messages = [answer, library.promise].map((failed) =>
    failed.then(String, (error: Error) => error.message),
  );
  const [own, expected] = await Promise.all(messages);
  expect(own).toBe(expected);
});
