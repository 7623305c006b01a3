import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { numbers } from "../support/parallel.ts";
import {
  adopted,
  drain,
  foldersOf,
  kill,
  leave,
  RECORDS,
  spoolIn,
  threeRecords,
  useSpools,
} from "../support/spools.ts";

useSpools();

describe("what was appended", () => {
  test("comes back in order, once, and is gone when it is acknowledged", async () => {
    const spool = spoolIn("a");
    await Promise.all(RECORDS.map((record) => spool.append(record)));
    expect(spool.state()).toMatchObject({ records: 3, damaged: 0 });
    expect(await drain(spool)).toEqual(RECORDS);
    expect(await drain(spool)).toEqual([]);
    expect(spool.state()).toMatchObject({ records: 0, bytes: 0, oldestAt: null });
  });

  test("waits for the next process when this one is killed", async () => {
    const spool = spoolIn("a");
    for (const record of RECORDS) await spool.append(record);
    kill("a");
    expect(await adopted("a")).toEqual(RECORDS);
    expect(foldersOf("a")).toEqual([]);
  });

  test("waits for the next process when this one is stopped", async () => {
    const spool = spoolIn("a");
    for (const record of RECORDS) await spool.append(record);
    await spool.close();
    await expect(spool.append("late")).rejects.toMatchObject({ kind: "unavailable" });
    expect(await adopted("a")).toEqual(RECORDS);
  });

  test("is left to the process that runs and owns it", async () => {
    const spool = spoolIn("a");
    await spool.append(RECORDS[0]!);
    expect(await adopted("a")).toEqual([]);
    expect(await drain(spool)).toEqual([RECORDS[0]]);
  });

  test("goes on in new segments past their size, and the folder stays as small as what waits", async () => {
    const spool = spoolIn("a");
    const large = numbers(9).map((index) => `${index}${"x".repeat(1_000_000)}`);
    for (const record of large) await spool.append(record);
    expect(readdirSync(foldersOf("a")[0]!).filter((name) => name.endsWith(".spool")).length).toBeGreaterThan(1);
    expect(await drain(spool)).toEqual(large);
    expect(readdirSync(foldersOf("a")[0]!).filter((name) => name.endsWith(".spool"))).toEqual([]);
  });

  test("tells how long the oldest has waited", async () => {
    let at = 1_000;
    const spool = spoolIn("a", { now: () => new Date(at) });
    await spool.append("first");
    at = 2_000;
    await spool.append("second");
    expect(spool.state().oldestAt).toEqual(new Date(1_000));
    await spool.acknowledge(await spool.read(1));
    expect(spool.state()).toMatchObject({ records: 1, oldestAt: new Date(2_000) });
  });
});

describe("a process killed between any two steps of a drain", () => {
  test.each([0, 1, 2, 3])("after %i were acknowledged: the next one gets the others, in order", async (done) => {
    const spool = spoolIn("a");
    for (const record of RECORDS) await spool.append(record);
    if (done > 0) await spool.acknowledge(await spool.read(done));
    await spool.read(2); // Given out, and perhaps taken in, and not acknowledged.
    kill("a");
    expect(await adopted("a")).toEqual(RECORDS.slice(done));
  });

  test("while the place was being noted: the old one counts", async () => {
    const spool = spoolIn("a");
    for (const record of RECORDS) await spool.append(record);
    await spool.acknowledge(await spool.read(1));
    kill("a");
    const place = join(foldersOf("a")[0]!, "acknowledged");
    writeFileSync(`${place}.partial`, readFileSync(place).subarray(0, 20));
    expect(await adopted("a")).toEqual(RECORDS.slice(1));
  });

  test("and the place can't be read: everything is given out again", async () => {
    const spool = spoolIn("a");
    for (const record of RECORDS) await spool.append(record);
    await spool.acknowledge(await spool.read(1));
    kill("a");
    writeFileSync(join(foldersOf("a")[0]!, "acknowledged"), "nonsense");
    expect(await adopted("a")).toEqual(RECORDS);
  });
});

test("past its limit nothing more is taken, until something is drained", async () => {
  const spool = spoolIn("a", { limitBytes: 1_000 });
  const record = "x".repeat(600);
  const results = await Promise.allSettled([spool.append(record), spool.append(record)]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(await spool.check()).toBeUndefined();
  expect(await drain(spool)).toEqual([record]);
  await spool.append(record);
});

test("what is erased is gone from the disk too, records and damaged stretches, and the rest comes in order", async () => {
  const { bytes } = await threeRecords();
  const spool = spoolIn("a");
  leave("a", Buffer.concat([Buffer.from("lg1 damaged stretch of ann\n"), bytes]));
  await spool.adopt();
  await spool.acknowledge(await spool.read(1));
  for (const text of ["of ann", "of bob", "of ann again"]) await spool.append(text);
  expect(await spool.erase((text) => text.includes("ann"))).toBe(3);
  const left = [...foldersOf("a"), join(foldersOf("a")[0]!, "..", "damaged")].flatMap((folder) =>
    readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")),
  );
  expect(left.join("")).not.toContain("ann");
  expect(await drain(spool)).toEqual([...RECORDS.slice(1), "of bob"]);
});
