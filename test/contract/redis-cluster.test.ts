import { clusterTarget } from '../support/redis-store.ts';
import { openRedisUnderTest } from '../support/redis-under-test.ts';
import { describeStoreContract } from './session-store-contract.ts';

describeStoreContract('the store on Redis Cluster', () => openRedisUnderTest(clusterTarget()));
