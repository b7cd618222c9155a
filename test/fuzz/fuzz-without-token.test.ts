import { declareFuzzer } from './run/declare-fuzzer.ts';

declareFuzzer({ rpcToken: undefined });
