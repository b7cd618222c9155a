/** Where a server listens. */
export type NodeAddress = { host: string; port: number };

/** A server as it is named in messages. */
export function addressOf(node: { host?: string | undefined; port?: number | undefined }): string {
  return `${node.host}:${node.port}`;
}
