import { join } from "node:path";
import type { Settings } from "../base/settings.ts";
import { damagedIn, foldersIn, spoolDirectory, whyNotWritable } from "../store/spool/spool-directory.ts";
import { waitingIn } from "../store/spool/spool-folder.ts";
import { counted } from "./console.ts";
import type { Checked } from "./doctor-checks.ts";

/** What waits longer than this is drained by nobody. */
const LATE_MS = 60_000;

/** Whether the spool could keep something, what waits in it, and what of it was damaged. Reads, and changes nothing. */
export async function checkSpool(settings: Settings): Promise<Checked[]> {
  const directory = spoolDirectory(settings);
  const fault = whyNotWritable(directory);
  const checks: Checked[] = [
    fault === undefined
      ? { check: "spool", told: `can be written to (${directory})` }
      : {
          ...{ check: "spool", told: `${fault}: with the database away submissions would be refused` },
          mend: "Give the user of the service the right to write there, or set SPOOL_URL to a folder with room.",
        },
  ];
  const waiting = await waitingRecords(directory);
  if (waiting.records > 0) {
    const ageMs = Date.now() - waiting.oldestAt;
    const told = `${counted(waiting.records, "submission")} waiting, the oldest since ${new Date(waiting.oldestAt).toISOString()}`;
    const mend =
      "See that the database can be reached and that a process with ROLE all or api runs here: it drains the spool by itself.";
    checks.push({ check: "spool", told, ...(ageMs > LATE_MS && { mend }) });
  }
  const damaged = damagedIn(directory);
  if (damaged.length > 0) {
    const mend = `Look what can be read in ${join(directory, "damaged")}, send it in again by hand, and delete the files.`;
    checks.push({ check: "spool", told: `${counted(damaged.length, "part")} of it kept aside, unread`, mend });
  }
  return checks;
}

async function waitingRecords(directory: string): Promise<{ records: number; oldestAt: number }> {
  let records = 0;
  let oldestAt = Number.POSITIVE_INFINITY;
  for (const folder of foldersIn(directory)) {
    for await (const { at } of waitingIn(join(directory, folder))) {
      records++;
      oldestAt = Math.min(oldestAt, at);
    }
  }
  return { records, oldestAt };
}
