const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

/** The slot of Redis Cluster that a key lies in: CRC-16/XMODEM of its hash tag, or of the whole
 * key. */
export function slotOfKey(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(key))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** What stands between the first `{` and the next `}`, unless that is nothing. */
function hashTag(key: string): string {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
}
