// Tags of protobuf fields, for messages that are read and written without generated code.
//
// google.protobuf.Struct is one of them, since the objects that generated code makes of it cost
// several times as much as the rest of a call:
//
//   Struct     map of fields: 1 = entry { 1 = key, 2 = Value }
//   Value      one of: 1 = null, 2 = double, 3 = text, 4 = bool, 5 = Struct, 6 = ListValue
//   ListValue  1 = Value, repeated

import { WireType } from '@bufbuild/protobuf/wire';

const WIRE_TYPE_BITS = 3;

/** The tag of a field: its number and wire type, as they are sent. */
export function tagOf(fieldNumber: number, wireType: WireType): number {
  return (fieldNumber << WIRE_TYPE_BITS) | wireType;
}

/** Struct, and an entry of its map. */
export const ENTRY = tagOf(1, WireType.LengthDelimited);
export const ENTRY_KEY = tagOf(1, WireType.LengthDelimited);
export const ENTRY_VALUE = tagOf(2, WireType.LengthDelimited);

/** ListValue. */
export const LIST_ITEM = tagOf(1, WireType.LengthDelimited);

/** Value, by kind. */
export const NULL = tagOf(1, WireType.Varint);
export const NUMBER = tagOf(2, WireType.Bit64);
export const TEXT = tagOf(3, WireType.LengthDelimited);
export const BOOL = tagOf(4, WireType.Varint);
export const STRUCT = tagOf(5, WireType.LengthDelimited);
export const LIST = tagOf(6, WireType.LengthDelimited);
