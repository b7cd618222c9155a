/** The member of a generated enum, by the name that the service has for it: `late_updates` of
 * LATE_UPDATES. */
export function memberOf<Enum extends object, Name extends string>(
  members: Enum & Readonly<Record<Uppercase<Name>, unknown>>,
  name: Name,
): Enum[keyof Enum & Uppercase<Name>] {
  return members[name.toUpperCase() as keyof Enum & Uppercase<Name>];
}
