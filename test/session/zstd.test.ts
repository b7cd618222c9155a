import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress, declaredBytes, expand } from '../../src/session/zstd.ts';

const MEBIBYTE = 1024 * 1024;

/** Content whose size nobody knew when its compression began. */
async function streamed(content: Uint8Array): Promise<Uint8Array> {
  const stream = createZstdCompress();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  for (const half of [content.subarray(0, 1000), content.subarray(1000)])
    await new Promise((resolve) => stream.write(half, resolve));
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

describe('expand()', () => {
  test('gives back what was compressed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(3), (content, repeats) => {
        const all = Buffer.concat(Array.from({ length: repeats }, () => content));
        expect(all.equals(expand(compress(all), { maxBytes: 20_000 }))).toBe(true);
      }),
    );
  });

  test.each([0, 1, 255, 256, 257, 65_535, 65_536, 65_791, 65_792, 300_000])(
    'knows from its start that the content has %i bytes',
    (bytes) => {
      for (const content of [Buffer.alloc(bytes), randomBytes(bytes)]) {
        expect(declaredBytes(compress(content))).toBe(bytes);
        expect(content.equals(expand(compress(content), { maxBytes: Math.max(1, bytes) }))).toBe(
          true,
        );
        if (bytes > 1)
          expect(() => expand(compress(content), { maxBytes: bytes - 1 })).toThrow(
            `the content is ${bytes} bytes long, more than ${bytes - 1}`,
          );
      }
    },
  );

  test('reads content of a larger window, and with a checksum', () => {
    const content = randomBytes(3 * MEBIBYTE);
    const compressed = zstdCompressSync(content, {
      params: { [constants.ZSTD_c_windowLog]: 20, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    expect(declaredBytes(compressed)).toBe(content.length);
    expect(content.equals(expand(compressed, { maxBytes: content.length }))).toBe(true);
  });

  test('reads content that does not declare its size, within the same limit', async () => {
    const content = randomBytes(5000);
    const compressed = await streamed(content);
    expect(declaredBytes(compressed)).toBeUndefined();
    expect(content.equals(expand(compressed, { maxBytes: 5000 }))).toBe(true);
    const bomb = await streamed(Buffer.alloc(64 * MEBIBYTE));
    expect(() => expand(bomb, { maxBytes: MEBIBYTE })).toThrow(RangeError);
  });

  test('expands no more than allowed, also where less is declared', () => {
    const bomb = Buffer.from(compress(Buffer.alloc(64 * MEBIBYTE)));
    expect(bomb.readUInt8(4) >> 6).toBe(2);
    bomb.writeUInt32LE(1000, bomb.readUInt8(4) & 0x20 ? 5 : 6);
    expect(declaredBytes(bomb)).toBe(1000);
    const before = process.memoryUsage();
    expect(() => expand(bomb, { maxBytes: MEBIBYTE })).toThrow();
    const { rss, external } = process.memoryUsage();
    expect(Math.max(rss - before.rss, external - before.external)).toBeLessThan(16 * MEBIBYTE);
  });

  test('throws for anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, hasMagic) => {
        const given = hasMagic ? Buffer.concat([Buffer.from('28b52ffd', 'hex'), bytes]) : bytes;
        try {
          expect(expand(given, { maxBytes: 1000 }).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
