// The protos of the services that are served, found by file, by symbol and by extension.

import { type DescExtension, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

export type DescriptorIndex = {
  /** Full names of the services. */
  serviceNames: readonly string[];
  /** By path, `google/protobuf/struct.proto`. */
  file(path: string): DescFile | undefined;
  /** The file of a message, enum, extension, service or method, by its full name. */
  fileOfSymbol(name: string): DescFile | undefined;
  fileOfExtension(messageName: string, number: number): DescFile | undefined;
  /** Field numbers of all extensions of a message; undefined if there is no such message. */
  extensionNumbers(messageName: string): number[] | undefined;
};

/** An index over the services' files and all that these import. */
export function createDescriptorIndex(services: readonly DescService[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, DescExtension[]>();

  for (const file of filesWithImports(services.map((service) => service.file))) {
    files.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file);
      if (type.kind === 'service') {
        for (const method of type.methods) symbols.set(`${type.typeName}.${method.name}`, file);
      }
      if (type.kind === 'extension') {
        const { typeName } = type.extendee;
        extensions.set(typeName, [...(extensions.get(typeName) ?? []), type]);
      }
    }
  }
  return {
    serviceNames: services.map((service) => service.typeName),
    file: (path) => files.get(path),
    fileOfSymbol: (name) => symbols.get(name),
    fileOfExtension: (messageName, number) =>
      extensions.get(messageName)?.find((extension) => extension.number === number)?.file,
    extensionNumbers: (messageName) =>
      symbols.has(messageName)
        ? (extensions.get(messageName) ?? []).map((extension) => extension.number)
        : undefined,
  };
}

/** The files and everything they import, each once, importers first. */
export function filesWithImports(files: readonly DescFile[]): Set<DescFile> {
  const found = new Set(files);
  // A Set's iteration reaches what is added on the way.
  for (const file of found) for (const imported of file.dependencies) found.add(imported);
  return found;
}

/** A file as reflection sends it. */
export function fileBytes(file: DescFile): Uint8Array {
  return toBinary(FileDescriptorProtoSchema, file.proto);
}
