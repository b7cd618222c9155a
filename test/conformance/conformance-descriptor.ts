// The protos of the conformance suite as descriptors. They are compiled from the files that came
// with the suite, so that they always match it, and no generated code has to be kept.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const run = promisify(execFile);

/** Where .ci/build-tools puts the protos of the suite. */
const PROTOS = join(
  process.env.TOOLS_DIR ?? join(import.meta.dirname, '../../.ci/tools'),
  'conformance',
);

const PACKAGE = 'connectrpc.conformance.v1';

/** Compiles the protos into a file. Throws if they have not been installed. */
export async function compileDescriptor(file: string): Promise<void> {
  if (!existsSync(PROTOS)) {
    throw new Error(`there are no protos in ${PROTOS}: .ci/build-tools installs the suite`);
  }
  await run('node_modules/.bin/buf', ['build', PROTOS, '--as-file-descriptor-set', '-o', file]);
}

/** Reads what `compileDescriptor` wrote. */
export function readDescriptor(file: string): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
}

/** A message of the suite, by its short name. */
export function messageNamed(registry: FileRegistry, name: string): DescMessage {
  const found = registry.getMessage(`${PACKAGE}.${name}`);
  if (found === undefined) throw new Error(`the suite has no message ${name}`);
  return found;
}

/** The service that the suite calls. */
export function conformanceService(registry: FileRegistry): DescService {
  const found = registry.getService(`${PACKAGE}.ConformanceService`);
  if (found === undefined) throw new Error('the suite has no ConformanceService');
  return found;
}
