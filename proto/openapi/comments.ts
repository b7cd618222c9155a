// The comments of the webhook's proto. Generated code does not carry them, so buf is asked.

import { spawnSync } from 'node:child_process';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The numbers of `message_type` and `service` in a file's descriptor, and of `field` and `method`
 * in theirs. */
const MESSAGES = 4;
const SERVICES = 6;
const MEMBERS = 2;

/** Comments by full name, of messages, fields, services and methods, without line breaks. */
export function protoComments(): ReadonlyMap<string, string> {
  const args = ['build', 'proto', '--path', 'proto/cognigy/webhook', '--output', '-#format=bin'];
  const { status, stdout, stderr } = spawnSync('buf', args);
  if (status !== 0) throw new Error(`buf build failed: ${stderr}`);
  const files = fromBinary(FileDescriptorSetSchema, stdout).file;
  return new Map(files.flatMap(commentsOf));
}

function commentsOf(file: FileDescriptorProto): [string, string][] {
  return (file.sourceCodeInfo?.location ?? []).flatMap(({ path, leadingComments }) => {
    const name = nameAt(file, path);
    return name && leadingComments ? [[name, oneLine(leadingComments)]] : [];
  });
}

function nameAt(file: FileDescriptorProto, path: readonly number[]): string | undefined {
  const [kind, place = 0, ofMember, memberPlace = 0] = path;
  const isMember = path.length === 4 && ofMember === MEMBERS;
  if (path.length !== 2 && !isMember) return undefined;
  const parent =
    kind === MESSAGES
      ? file.messageType[place]
      : kind === SERVICES
        ? file.service[place]
        : undefined;
  if (!parent) return undefined;
  const members = 'field' in parent ? parent.field : parent.method;
  const names = [file.package, parent.name, ...(isMember ? [members[memberPlace]?.name] : [])];
  return names.join('.');
}

/** Paragraphs stay apart. */
function oneLine(comment: string): string {
  return comment
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, ' '))
    .join('\n\n');
}
