// Planted bugs that change nothing that matters: no test can find them, so they are not counted.

export type Harmless = { file: string; after: string; why: string };

const SCRIPTS = 'src/store/redis/scripts/';

export const HARMLESS: readonly Harmless[] = [
  {
    file: 'src/session/registers.ts',
    after: 'if (updates.length >= 1) updates.sort((a, b) => compareStamps(a.stamp, b.stamp));',
    why: 'a single update is in order',
  },
  {
    file: 'src/session/state-bytes.ts',
    after: 'reserve(end + start);',
    why: 'more is reserved than is needed',
  },
  {
    file: 'src/session/update-id.ts',
    after: 'const random = Buffer.allocUnsafeSlow(257 * ID_BYTES);',
    why: 'how many ids are made at once is free',
  },
  {
    file: 'src/session/content-tag.ts',
    after: 'return a.length > 0 && b.length > 1 && !Buffer.from(a).equals(b);',
    why: 'a tag is empty, or has many bytes',
  },
  {
    file: `${SCRIPTS}compact.lua`,
    after: 'local AT_ONCE = 1001',
    why: 'how many fields are deleted at once is free, up to some thousands',
  },
  {
    file: `${SCRIPTS}erase.lua`,
    after: "with_ids or instant_ms + GRAIN_MS or nil, with_ids and (fields.erased or '') or nil",
    why: 'the answer has more than its reader asks for',
  },
  {
    file: `${SCRIPTS}unlock.lua`,
    after:
      "if kind == 'none' or (key_expires_at >= 0 and key_expires_at <= now_ms + FENCE_KEPT_MS) then",
    why: 'the key gets the expiry that it has',
  },
  {
    file: `${SCRIPTS}parts/due_note.lua`,
    after:
      'local is_new = not event or changed or event_ms - event >= NOTE_EVERY_MS or expires_at >= expiry',
    why: 'a note is due with the millisecond in which its entry ends',
  },
  {
    file: `${SCRIPTS}parts/frames.lua`,
    after: "and string.find(string.sub(value, 2, 10), '^%d+$') ~= nil",
    why: 'the other checks of the form are as good',
  },
  {
    file: `${SCRIPTS}parts/frames.lua`,
    after:
      "and struct.unpack('>I4', string.sub(value, head_bytes + 1, head_bytes + 5)) == payload_bytes",
    why: 'four bytes are read',
  },
  {
    file: 'src/service/spooling/boot-clock.ts',
    after: 'const READINGS_MAX = 6;',
    why: 'how often two clocks are read until they agree is free',
  },
  {
    file: `${SCRIPTS}parts/locks.lua`,
    after: 'if text or (deadline_ms or 0) >= now_ms then',
    why: 'callers compare the deadline with the same instant again',
  },
];
