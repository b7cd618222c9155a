import type { DescMethod } from '@bufbuild/protobuf';
import type { WireCall } from '../wire-call.ts';

/** A call of the corpus. */
export type Case = {
  name: string;
  /** The method that it calls, if there is one. */
  method: DescMethod | undefined;
  call: WireCall;
};
