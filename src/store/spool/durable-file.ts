import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file whole or not at all: beside its place, synced, renamed into it. Durable once this returns. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
  await syncDirectory(dirname(path));
}

/** Makes durable which files a directory has: a synced file whose name is not is lost as well (fsync(2)). */
export async function syncDirectory(path: string): Promise<void> {
  // Windows can't open directories, and journals their names by itself.
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
