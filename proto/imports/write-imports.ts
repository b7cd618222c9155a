// Writes the protos of others into proto/, each from the npm package that publishes it, so that a
// clean checkout generates code without a network. Run by `npm run generate`; never edit its output.
//
// buf/ is what our own protos import: protovalidate publishes its rules only as a descriptor, so
// validate.proto is printed from that, without comments and without the rules' own CEL (the CEL that
// is evaluated is the one inside @bufbuild/protovalidate). vendor/ has the services for health and
// reflection, which are copied; our protos do not import them, and clients bring their own.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileOptions,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

const root = join(import.meta.dirname, '..');
const packages = join(root, '../node_modules');
const copies = {
  'vendor/grpc/health/v1/health.proto': 'grpc-health-check/proto/health/v1/health.proto',
  'vendor/grpc/reflection/v1/reflection.proto':
    '@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
  'vendor/grpc/reflection/v1alpha/reflection.proto':
    '@grpc/reflection/build/proto/grpc/reflection/v1alpha/reflection.proto',
};

for (const [target, source] of Object.entries(copies)) {
  mkdirSync(dirname(join(root, target)), { recursive: true });
  copyFileSync(join(packages, source), join(root, target));
}
mkdirSync(join(root, 'buf/validate'), { recursive: true });
writeFileSync(join(root, 'buf/validate/validate.proto'), validateProto());

function validateProto(): string {
  const file = file_buf_validate_validate.proto;
  return [
    '// Printed from the descriptor in @bufbuild/protovalidate (Apache-2.0) by write-imports.ts.',
    'syntax = "proto2";',
    `package ${file.package};`,
    ...file.dependency.map((path) => `import "${path}";`),
    ...optionTexts(file.options),
    ...extensionBlocks(file.extension),
    ...file.messageType.map(messageText),
    ...file.enumType.map(enumText),
    '',
  ].join('\n');
}

/** What generators of other languages need to name the package. */
function optionTexts(options: FileOptions | undefined): string[] {
  if (!options) throw new Error('validate.proto has no options');
  return [
    `option go_package = "${options.goPackage}";`,
    `option java_multiple_files = ${options.javaMultipleFiles};`,
    `option java_outer_classname = "${options.javaOuterClassname}";`,
    `option java_package = "${options.javaPackage}";`,
    '',
  ];
}

function messageText(message: DescriptorProto): string {
  const inOneof = (field: FieldDescriptorProto) => Object.hasOwn(field, 'oneofIndex');
  return [
    `message ${message.name} {`,
    ...message.field.filter((field) => !inOneof(field)).map(fieldText),
    ...message.oneofDecl.flatMap((oneof, index) => [
      `oneof ${oneof.name} {`,
      ...message.field
        .filter((field) => inOneof(field) && field.oneofIndex === index)
        .map((field) => fieldText(field).replace(/^optional /, '')),
      '}',
    ]),
    ...message.extensionRange.map((range) => `extensions ${range.start} to ${lastOf(range.end)};`),
    ...message.reservedRange.map((range) => `reserved ${range.start} to ${lastOf(range.end)};`),
    ...message.reservedName.map((name) => `reserved "${name}";`),
    ...message.nestedType.map(messageText),
    ...message.enumType.map(enumText),
    '}',
  ].join('\n');
}

function extensionBlocks(extensions: FieldDescriptorProto[]): string[] {
  return extensions.map((field) => `extend ${field.extendee} {\n${fieldText(field)}\n}`);
}

function fieldText(field: FieldDescriptorProto): string {
  const label = {
    [Label.OPTIONAL]: 'optional',
    [Label.REQUIRED]: 'required',
    [Label.REPEATED]: 'repeated',
  };
  const type = field.typeName || Type[field.type].toLowerCase();
  return `${label[field.label]} ${type} ${field.name} = ${field.number};`;
}

function enumText(enumeration: EnumDescriptorProto): string {
  return [
    `enum ${enumeration.name} {`,
    ...enumeration.value.map((value) => `${value.name} = ${value.number};`),
    '}',
  ].join('\n');
}

function lastOf(end: number | undefined): string {
  return end === 536870912 ? 'max' : String((end ?? 1) - 1);
}
