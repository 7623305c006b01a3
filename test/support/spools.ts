import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "@jest/globals";
import { pino } from "pino";
import { DiskSpool, type DiskSpoolOptions } from "../../src/store/spool/disk-spool.ts";

/** Three records, one with letters of several bytes. */
export const RECORDS = ["one", "two äöü 🙂", "three"].map((text) => JSON.stringify({ text }));

let directory: string;
let opened: DiskSpool[];

/** A folder of its own for each test, in which spools are opened by a name. */
export function useSpools(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "leadgate-spool-"));
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((spool) => spool.close()));
    rmSync(directory, { recursive: true, force: true });
  });
}

/** Opens a spool, which is closed when the test ends. */
export function spoolIn(place: string, options: Partial<DiskSpoolOptions> = {}): DiskSpool {
  const at = join(directory, place);
  const log = pino({ level: "silent" });
  const spool = new DiskSpool({ directory: at, limitBytes: 2 ** 30, now: () => new Date(), log, ...options });
  opened.push(spool);
  return spool;
}

/** As a process that was killed: nothing of it is let go in order, and its lock names nobody who runs. */
export function kill(place: string): void {
  for (const folder of foldersOf(place)) rmSync(join(folder, "leadgate.lock"), { force: true });
}

/** The folders of processes. */
export function foldersOf(place: string): string[] {
  const names = readdirSync(join(directory, place)).filter((name) => name !== "damaged");
  return names.map((name) => join(directory, place, name));
}

function segmentOf(place: string): string {
  const [folder] = foldersOf(place);
  return join(folder!, readdirSync(folder!).find((name) => name.endsWith(".spool"))!);
}

/** What was kept aside. */
export function damagedOf(place: string): string[] {
  try {
    const at = join(directory, place, "damaged");
    return readdirSync(at).map((name) => readFileSync(join(at, name), "utf8"));
  } catch {
    return [];
  }
}

/** Drains all there is, in order. */
export async function drain(spool: DiskSpool): Promise<string[]> {
  const drained: string[] = [];
  for (;;) {
    const entries = await spool.read(100);
    if (entries.length === 0) return drained;
    drained.push(...entries.map(({ record }) => record));
    await spool.acknowledge(entries);
  }
}

/** What the next process finds. */
export async function adopted(place: string): Promise<string[]> {
  const spool = spoolIn(place);
  await spool.adopt();
  return drain(spool);
}

/** A segment with these bytes, as a process left it that was killed. */
export function leave(place: string, bytes: Uint8Array, name = "00000001.spool"): void {
  const folder = join(directory, place, "elsewhere.1");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
}

/** The bytes of a segment with three records, and where each ends. */
export async function threeRecords(): Promise<{ bytes: Buffer; ends: number[] }> {
  const spool = spoolIn("three");
  for (const record of RECORDS) await spool.append(record);
  const bytes = readFileSync(segmentOf("three"));
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([offset]) => offset + 1);
  expect(ends).toHaveLength(3);
  return { bytes, ends };
}
