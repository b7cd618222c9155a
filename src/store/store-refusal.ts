// Why a store that can be reached refuses to work. Each kind has a name, so that logs, metrics,
// readiness and answers say the same of it.

/** Label `kind` of `cognigy_session_store_refusals_total`. */
export const STORE_REFUSAL_KINDS = [
  /** The user may not run a command, or not on these keys. */
  'no_permission',
  /** User or password is wrong, or missing. */
  'wrong_credentials',
  /** STORE_URL names another kind of server: a node of a cluster as a single server, or the other
   * way round. */
  'wrong_url',
  /** The server runs no Lua scripts. */
  'no_scripts',
  /** The disk is full. */
  'disk_full',
  /** The disk cannot be written to for another reason. */
  'disk_failed',
  /** The server has no memory left for more data. */
  'memory_full',
  /** The server is a replica, or the file or its disk is read-only. */
  'read_only',
  /** The database file is damaged, is no database, or may not be opened. */
  'file_unusable',
  /** The server is still reading its data from disk. */
  'loading',
  /** Too few replicas are connected to the master. */
  'no_replicas',
  /** No server of the cluster serves the slot. */
  'cluster_down',
] as const;

export type StoreRefusalKind = (typeof STORE_REFUSAL_KINDS)[number];

export type StoreRefusal = {
  kind: StoreRefusalKind;
  /** Whether trying again within one request cannot help: an operator must change something first. */
  isLasting: boolean;
  /** The store's reason, with its name for it (NOPERM), and without an address, a key or a
   * secret. */
  text: string;
};
