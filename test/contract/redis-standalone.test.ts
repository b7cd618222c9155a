import { standaloneTarget } from '../support/redis-store.ts';
import { openRedisUnderTest } from '../support/redis-under-test.ts';
import { describeStoreContract } from './session-store-contract.ts';

describeStoreContract('the store on standalone Redis', () =>
  openRedisUnderTest(standaloneTarget()),
);
