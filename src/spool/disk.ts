import { constants } from 'node:fs';
import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';

/** How a spool reaches its files. Tests put one that fails in its place. */
export type Disk = {
  read(path: string): Promise<Buffer>;
  /** Opens an existing file for writing. If it is `synced`, bytes are on disk when they are
   * written. */
  open(path: string, options: { synced: boolean }): Promise<WritableFile>;
  /** Creates a file. Rejects if it exists. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
};

export type WritableFile = {
  /** Resolves with how many bytes were written. Rejects if the file was deleted: what is written
   * to it goes with the process. */
  write(bytes: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
};

/** The disk, through libuv's pool of threads. */
export const nodeDisk: Disk = {
  read: (path) => readFile(path),
  async open(path, { synced }) {
    const { O_WRONLY, O_DSYNC } = constants;
    return writableFile(await open(path, synced ? O_WRONLY | O_DSYNC : O_WRONLY));
  },
  async create(path, bytes) {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  },
  remove: unlink,
};

function writableFile(file: FileHandle): WritableFile {
  return {
    async write(bytes, at) {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, at);
      if ((await file.stat()).nlink === 0) throw new Error('a file of the spool was deleted');
      return bytesWritten;
    },
    close: () => file.close(),
  };
}
