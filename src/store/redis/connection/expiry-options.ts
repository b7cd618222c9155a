/** Whether and how a connection follows the expirations of keys. */
export type ExpiryEventsOptions = {
  /** `enable`: the setting of the servers is changed where it is not enough. Undefined: no events. */
  expiryEvents?: 'on' | 'enable' | undefined;
  /** A key, of whatever prefix, has expired. Called in each process, for each key. */
  onKeyExpired?: ((key: string) => void) | undefined;
  /** The masters were checked, and the result has changed: what is wrong, a line each. */
  onExpiryEventsChecked?: ((problems: readonly string[]) => void) | undefined;
};
