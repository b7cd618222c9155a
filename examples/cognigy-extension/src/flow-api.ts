// What of Cognigy the nodes use. The types of extension-tools have every method as optional, and
// lack addToInput.

import type { INodeFunctionBaseParams } from '@cognigy/extension-tools';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The actions of a flow that these nodes call. Cognigy limits how many a node may call; logging
 * does not count. */
export type FlowApi = {
  log(level: LogLevel, text: string): void;
  setNextNode(nodeId: string): void;
  addToContext(key: string, value: unknown, mode: 'simple'): void;
  deleteContext(key: string): void;
  addToInput(key: string, value: unknown): void;
};

/** A JSON object. */
export type JsonObject = { [key: string]: unknown };

/** The actions of the flow that a node runs in. */
export function apiOf({ cognigy }: INodeFunctionBaseParams): FlowApi {
  return cognigy.api as unknown as FlowApi;
}
