// What HPACK agrees on beforehand (RFC 7541, appendices A and B).

/** The static table, `name` or `name=value`; its first entry has index 1. */
const STATIC_ENTRIES = `
:authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https :status=200
:status=204 :status=206 :status=304 :status=400 :status=404 :status=500 accept-charset
accept-encoding=gzip,deflate accept-language accept-ranges accept access-control-allow-origin age
allow
authorization cache-control content-disposition content-encoding content-language content-length
content-location content-range content-type cookie date etag expect expires from host if-match
if-modified-since if-none-match if-range if-unmodified-since last-modified link location
max-forwards
proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie
strict-transport-security transfer-encoding user-agent vary via www-authenticate
`;

/** Lengths, in bits, of the Huffman codes of the 256 bytes. The code is canonical: of one length,
 * the codes ascend with the byte. The end-of-string code (30 ones) never occurs in a valid text. */
const HUFFMAN_LENGTHS = `
13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 6 10
10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 13 6 7 7 7 7 7 7 7 7 7 7 7 7 7
7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6 15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11
14 13 28 20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23
23 24 22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22
23 26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
`;

export type HeaderField = { name: string; value: string };

/** The static table; its first entry has index 1. */
export const STATIC_TABLE: readonly HeaderField[] = wordsOf(STATIC_ENTRIES).map((entry) => {
  const [name = '', value = ''] = entry.split('=');
  return { name, value };
});

/** The byte of each Huffman code; the key is the code's bits behind a leading 1. */
export const HUFFMAN_BYTES: ReadonlyMap<number, number> = huffmanBytes();

function huffmanBytes(): Map<number, number> {
  const lengths = wordsOf(HUFFMAN_LENGTHS).map(Number);
  const bytes = lengths.map((length, byte) => ({ length, byte }));
  bytes.sort((one, other) => one.length - other.length || one.byte - other.byte);
  const codes = new Map<number, number>();
  let code = 0;
  let lengthBefore = bytes[0]?.length ?? 0;
  for (const { length, byte } of bytes) {
    code *= 2 ** (length - lengthBefore);
    codes.set(2 ** length + code, byte);
    code += 1;
    lengthBefore = length;
  }
  return codes;
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
