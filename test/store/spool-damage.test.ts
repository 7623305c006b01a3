import { open } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { readSegment } from "../../src/store/spool/record-format.ts";
import type { OpenFile, WritableFile } from "../../src/store/spool/segment-writer.ts";
import { gate } from "../support/mailing.ts";
import { numbers } from "../support/parallel.ts";
import {
  adopted,
  damagedOf,
  drain,
  kill,
  leave,
  RECORDS,
  spoolIn,
  threeRecords,
  useSpools,
} from "../support/spools.ts";

useSpools();

describe("damage", () => {
  test("cut at every byte: what was whole is there, and nothing is made of the rest", async () => {
    const { bytes, ends } = await threeRecords();
    for (let length = 0; length <= bytes.length; length++) {
      leave(`cut-${length}`, bytes.subarray(0, length));
      // The last byte of a record is its line break, without which it is whole already.
      const whole = ends.filter((end) => end - 1 <= length).length;
      expect(await adopted(`cut-${length}`)).toEqual(RECORDS.slice(0, whole));
      expect(damagedOf(`cut-${length}`)).toEqual([]);
    }
  });

  test("cut where another segment follows: what was promised there is kept aside and counted", async () => {
    const { bytes, ends } = await threeRecords();
    leave("a", bytes.subarray(0, ends[1]! + 10));
    leave("a", bytes, "00000002.spool");
    const spool = spoolIn("a");
    await spool.adopt();
    // Sequences repeat only in this test; what was acknowledged before is not given out again.
    expect((await spool.read(10)).map(({ record }) => record)).toEqual(RECORDS.slice(0, 2));
    expect(spool.state().damaged).toBe(1);
    expect(damagedOf("a")).toEqual([bytes.subarray(ends[1]!, ends[1]! + 10).toString()]);
  });

  test("any one bit turned: the other records come, and nothing that was not appended does", async () => {
    const { bytes, ends } = await threeRecords();
    for (let offset = 0; offset < bytes.length; offset++) {
      const hit = ends.findIndex((end) => offset < end);
      const others = RECORDS.filter((_, index) => index !== hit);
      const isLineBreak = ends.includes(offset + 1);
      for (let bit = 0; bit < 8; bit++) {
        const { records, damage, tornBytes } = readSegment(turned(bytes, offset, bit));
        expect(records.map(({ text }) => text)).toEqual(isLineBreak ? RECORDS : others);
        expect([damage.length, tornBytes]).toEqual([isLineBreak ? 0 : 1, 0]);
      }
      leave(`turned-${offset}`, turned(bytes, offset, offset % 8));
      expect(await adopted(`turned-${offset}`)).toEqual(isLineBreak ? RECORDS : others);
      expect(damagedOf(`turned-${offset}`)).toHaveLength(isLineBreak ? 0 : 1);
    }
  });

  function turned(bytes: Buffer, offset: number, bit: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[offset]! ^= 1 << bit;
    return copy;
  }

  test("is kept aside once, however often it is met", async () => {
    const { bytes } = await threeRecords();
    bytes[60]! ^= 1;
    leave("a", bytes);
    const first = spoolIn("a");
    await first.adopt();
    await first.read(1);
    kill("a");
    expect(await adopted("a")).toEqual(RECORDS.slice(1));
    expect(damagedOf("a")).toHaveLength(1);
  });
});

/** A disk that does as it is told. */
function disk(behave: (step: keyof WritableFile, file: WritableFile, args: unknown[]) => unknown): OpenFile {
  return async (path, flags, mode) => {
    const file: WritableFile = await open(path, flags, mode);
    const step =
      (name: keyof WritableFile) =>
      async (...args: unknown[]) =>
        behave(name, file, args) ?? (file[name] as (...given: unknown[]) => unknown).apply(file, args);
    return Object.fromEntries(
      (["write", "datasync", "truncate", "close"] as const).map((name) => [name, step(name)]),
    ) as unknown as WritableFile;
  };
}

function failure(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }));
}

describe("a disk that fails", () => {
  test.each([
    ["is full", "write", "ENOSPC"],
    ["can't sync", "datasync", "EIO"],
  ] as const)("%s: the append is refused, nothing of it comes back, and later ones are kept", async (_, at, code) => {
    let fails = false;
    const spool = spoolIn("a", { openFile: disk((step) => (fails && step === at ? failure(code) : undefined)) });
    await spool.append(RECORDS[0]!);
    fails = true;
    for (let times = 0; times < 3; times++) {
      await expect(spool.append("refused")).rejects.toMatchObject({ kind: "unavailable", retryAfterSeconds: 10 });
    }
    fails = false;
    await spool.append(RECORDS[1]!);
    expect(spool.state().records).toBe(2);
    kill("a");
    expect(await adopted("a")).toEqual(RECORDS.slice(0, 2));
    expect(damagedOf("a")).toEqual([]);
  });

  test("takes only a part of each write: the record is whole all the same", async () => {
    const openFile = disk((step, file, [bytes, offset, length, position]) =>
      step === "write"
        ? file.write(bytes as Buffer, offset as number, Math.min(7, length as number), position as number)
        : undefined,
    );
    const spool = spoolIn("a", { openFile });
    await Promise.all(RECORDS.map((record) => spool.append(record)));
    expect(await drain(spool)).toEqual(RECORDS);
  });

  test("is full in the middle of a group: nothing of the group comes back", async () => {
    let room = Number.POSITIVE_INFINITY;
    const openFile = disk((step, file, [bytes, offset, length, position]) => {
      if (step !== "write" || room === Number.POSITIVE_INFINITY) return undefined;
      const taken = Math.min(room, length as number);
      room -= taken;
      if (taken === 0) return failure("ENOSPC");
      return file.write(bytes as Buffer, offset as number, taken, position as number);
    });
    const spool = spoolIn("a", { openFile });
    await spool.append(RECORDS[0]!);
    // One whole record fits, and a part of the next.
    room = 120;
    const results = await Promise.allSettled(["refused", "refused as well"].map((record) => spool.append(record)));
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    kill("a");
    expect(await adopted("a")).toEqual([RECORDS[0]]);
  });

  test("takes a part, is full, and can't even take it back: this process gives out what it promised, no more", async () => {
    let written = 0;
    const openFile = disk((step, file, [bytes, offset, , position]) => {
      if (step === "truncate") return failure("EIO");
      if (step !== "write" || written++ === 0) return undefined;
      return written === 2 ? file.write(bytes as Buffer, offset as number, 30, position as number) : failure("ENOSPC");
    });
    const spool = spoolIn("a", { openFile });
    await spool.append(RECORDS[0]!);
    await expect(spool.append("refused")).rejects.toMatchObject({ kind: "unavailable" });
    expect(await drain(spool)).toEqual([RECORDS[0]]);
  });

  test("can't be written to at all: refused", async () => {
    const spool = spoolIn("a", { openFile: () => failure("EROFS") });
    await expect(spool.append("x")).rejects.toMatchObject({ kind: "unavailable" });
    expect(spool.state().records).toBe(0);
  });

  test("many that wait share a sync", async () => {
    let syncs = 0;
    const openFile = disk((step) => {
      if (step === "datasync") syncs++;
      return undefined;
    });
    const spool = spoolIn("a", { openFile });
    await Promise.all(numbers(500).map((index) => spool.append(`record ${index}`)));
    expect(spool.state().records).toBe(500);
    expect(syncs).toBeLessThan(5);
  });

  test("no append is answered before its sync is done", async () => {
    const held = gate();
    let synced = false;
    const openFile = disk((step, file) =>
      step === "datasync"
        ? held.opened.then(async () => {
            await file.datasync();
            synced = true;
          })
        : undefined,
    );
    const spool = spoolIn("a", { openFile });
    const order: boolean[] = [];
    const appended = spool.append("x").then(() => order.push(synced));
    held.open();
    await appended;
    expect(order).toEqual([true]);
  });
});
