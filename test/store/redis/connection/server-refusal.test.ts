import { describe, expect, it } from 'vitest';
import { serverRefusal } from '../../../../src/store/redis/connection/server-refusal.ts';

const noKeys = 'NOPERM this user has no permissions to access one of the keys used as arguments';
const inScript = 'NOPERM the user may not run every command that the scripts use on the keys cgs:*';
const noScripts = '(the server runs no Lua scripts, and every update is one)';
const inCluster =
  'MOVED: the server is part of a cluster, so STORE_URL must begin with redis+cluster or rediss+cluster';

describe('serverRefusal()', () => {
  it.each([
    [noKeys, 'no_permission', `${noKeys}; the keys are cgs:*`],
    [
      'NOPERM No permissions to access a key',
      'no_permission',
      'NOPERM No permissions to access a key; the keys are cgs:*',
    ],
    ["NOPERM User svc has no permissions to run the 'eval' command", 'no_permission', undefined],
    [
      "ERR The user executing the script can't run this command or subcommand script: 9f, on @user_script:2.",
      'no_permission',
      inScript,
    ],
    [
      "ERR ACL failure in script: User svc has no permissions to run the 'hset' command",
      'no_permission',
      inScript,
    ],
    [
      'WRONGPASS invalid username-password pair or user is disabled.',
      'wrong_credentials',
      undefined,
    ],
    ['NOAUTH Authentication required.', 'wrong_credentials', undefined],
    ['MOVED 1234 10.0.0.7:6379', 'wrong_url', inCluster],
    ['ERR This instance has cluster support disabled', 'wrong_url', undefined],
    ['ERR DB index is out of range', 'wrong_url', undefined],
    [
      "ERR Could not find scripting engine 'lua'",
      'no_scripts',
      `ERR Could not find scripting engine 'lua' ${noScripts}`,
    ],
    [
      "ERR unknown command 'EVAL', with args beginning with: '#!lua ...' '1' 'cgs:{4711}' ",
      'no_scripts',
      `ERR unknown command 'EVAL' ${noScripts}`,
    ],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'disk_full', undefined],
    [
      'MISCONF Redis is configured to save RDB snapshots, but it is unable to',
      'disk_failed',
      undefined,
    ],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'memory_full', undefined],
    ["READONLY You can't write against a read only replica.", 'read_only', undefined],
  ])('%s lasts, and is %s', (message, kind, text = message) => {
    expect(serverRefusal(message, 'cgs:')).toEqual({ kind, isLasting: true, text });
  });

  it.each([
    ['LOADING Redis is loading the dataset in memory', 'loading'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'loading'],
    ['NOREPLICAS Not enough good replicas to write.', 'no_replicas'],
    ['CLUSTERDOWN Hash slot not served', 'cluster_down'],
  ])('%s passes, and is %s', (message, kind) => {
    expect(serverRefusal(message, 'cgs:')).toEqual({ kind, isLasting: false, text: message });
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:1',
    'timeout after 1000 ms',
    'Too many Cluster redirections. Last error: ReplyError: MOVED 1 a:1',
  ])('%s is no refusal', (message) => expect(serverRefusal(message, 'cgs:')).toBeUndefined());
});
