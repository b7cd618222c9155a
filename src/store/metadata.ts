// Reads the metadata of a session from a hash or a row. The scripts do the same
// (redis/scripts/parts/metadata.lua).
//
// `seal` holds a second copy of the six fields, as one text. Where the two differ, and the checksum
// of the copy fits, one of two things has happened: a field was damaged, or a version that does not
// know seals has appended. Each append changes `chain`, and `revision` or `incarnation` with it,
// while damage to one field leaves two of these three as they were.

import { isSealOf, sealOf, validCopyIn } from './seal.ts';
import type { DamagedField } from './session-store.ts';
import { countFrom, instantFrom, isRevision } from './stored-number.ts';

const FIELDS = ['revision', 'incarnation', 'chain', 'created_at', 'expires_at', 'flow'] as const;
const COPIED = /^(\d+) ([0-9a-f]+) ([0-9a-f]+) (\d+) (\d+) (.*)$/s;

/** The sealed fields as texts; a missing one is empty. */
export type MetadataTexts = Record<(typeof FIELDS)[number], string>;

/** The metadata; a value that cannot be read is undefined. */
export type Metadata = {
  revision: number | undefined;
  incarnation: string | undefined;
  chain: string | undefined;
  createdAtMs: number | undefined;
  expiresAtMs: number | undefined;
  flowId: string;
  /** The damaged fields: each was read from its copy, or cannot be read. */
  damage: DamagedField[];
};

/** Metadata without a value that cannot be read. */
export type ReadableMetadata = { [Name in keyof Metadata]: NonNullable<Metadata[Name]> };

/** The seal of a session's metadata. */
export function metadataSeal(metadata: Omit<ReadableMetadata, 'damage'>): string {
  const { revision, incarnation, chain, createdAtMs, expiresAtMs, flowId } = metadata;
  return sealOf([revision, incarnation, chain, createdAtMs, expiresAtMs, flowId].join(' '));
}

/** Reads metadata, from its seal where it is damaged. Never throws. */
export function metadataFrom(found: MetadataTexts, seal: string | undefined): Metadata {
  const text = FIELDS.map((field) => found[field]).join(' ');
  if (seal === undefined || isSealOf(seal, text)) return read(found, []);
  const [, ...values] = COPIED.exec(validCopyIn(seal) ?? '') ?? [];
  if (values.length === 0) return read(found, ['seal']);
  const copied = Object.fromEntries(
    FIELDS.map((field, place) => [field, values[place]]),
  ) as MetadataTexts;
  const alike = (['revision', 'incarnation', 'chain'] as const).filter(
    (field) => copied[field] === found[field],
  );
  if (alike.length < 2) return read(found, []);
  return read(
    copied,
    FIELDS.filter((field) => copied[field] !== found[field]),
  );
}

/** Whether all values can be read. */
export function isReadable<Found extends Metadata>(
  found: Found,
): found is Found & ReadableMetadata {
  const { revision, incarnation, chain, createdAtMs, expiresAtMs } = found;
  return ![revision, incarnation, chain, createdAtMs, expiresAtMs].includes(undefined);
}

/** Whether the session has expired. One whose expiry cannot be read has not. */
export function hasExpired({ expiresAtMs }: Pick<Metadata, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

function read(texts: MetadataTexts, damage: readonly DamagedField[]): Metadata {
  const fields = {
    revision: countFrom(texts.revision, isRevision),
    incarnation: /^[0-9a-f]+$/.exec(texts.incarnation)?.[0],
    chain: /^[0-9a-f]{20}$/.exec(texts.chain)?.[0],
    created_at: instantFrom(texts.created_at),
    expires_at: instantFrom(texts.expires_at),
  };
  const names = Object.keys(fields) as (keyof typeof fields)[];
  const unreadable = names.filter((name) => fields[name] === undefined);
  const { revision, incarnation, chain, created_at: createdAtMs, expires_at: expiresAtMs } = fields;
  const rest = { flowId: texts.flow, damage: [...damage, ...unreadable] };
  return { revision, incarnation, chain, createdAtMs, expiresAtMs, ...rest };
}
