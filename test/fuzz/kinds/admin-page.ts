// The pages of the admin listener.

import type { Random } from '../../model/random.ts';
import { encodeRequest, HOST } from '../http1-request.ts';
import type { Input } from '../input.ts';
import { answersTo, someQuery } from './webhook-target.ts';

const PAGES = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/metrics/',
  '/HEALTHZ',
  '/',
  '/constructor',
  '/__proto__',
  '/toString',
];
const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE'];
const HOSTS = ['127.0.0.1', 'localhost', '[::1]:28464', 'example.org', 'a.localhost'];

export function adminPage(random: Random): Input {
  const method = random.pick(METHODS);
  const host = random.chance(0.8) ? HOST : (['Host', random.pick(HOSTS)] as const);
  // Figures are dear to collect, and every scrape starts a new measure of the event loop.
  const page = random.chance(0.05)
    ? '/metrics'
    : random.pick(PAGES.filter((each) => each !== '/metrics'));
  const body = method === 'POST' && random.chance(0.5) ? { body: Buffer.from('{}') } : {};
  return {
    transport: 'http1',
    listener: 'admin',
    bytes: encodeRequest({ method, target: page + someQuery(random), headers: [host], ...body }),
    ...answersTo(method),
  };
}
