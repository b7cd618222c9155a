/** How many slots there are. */
export const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

/** The slot of a key in Redis Cluster: CRC-16/XMODEM of its hash tag, or of the whole key. */
export function slotOfKey(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(key))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** The text between the first `{` and the next `}`; the whole key if that text is empty. */
function hashTag(key: string): string {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
}
