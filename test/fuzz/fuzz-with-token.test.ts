import { RPC_TOKEN } from '../support/running-app.ts';
import { declareFuzzer } from './run/declare-fuzzer.ts';

declareFuzzer({ rpcToken: RPC_TOKEN });
