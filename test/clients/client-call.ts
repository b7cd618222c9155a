import type { JsonObject } from '@bufbuild/protobuf';

/** A call of a unary method, as every client can make it. */
export type ClientCall = {
  /** `http://` or `https://`, with host and port. */
  url: string;
  /** `package.Service/Method` */
  method: string;
  request: JsonObject;
  headers: Record<string, string>;
  /** The certificate of the authority over TLS, in a file. */
  caPath: string;
  /** The protos, compiled into a file. */
  descriptor: string;
};

/** What came of a call, in JSON: an answer, or an error with its details by their types. */
export type ClientOutcome = {
  answer?: JsonObject;
  code?: string;
  message?: string;
  details?: Record<string, JsonObject>;
};

/** Makes a call. Throws where the client could not make it. */
export type Client = (call: ClientCall) => Promise<ClientOutcome>;
