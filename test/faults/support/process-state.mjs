// What the operating system says of a process (proc(5)).
import { readdirSync, readFileSync } from "node:fs";
import { sleep } from "./world.mjs";

/** Clock ticks in a second, which is 100 on every Linux that Node runs on. */
const TICKS = 100;

export function residentMb(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024);
}

/** Files and sockets a process has open. */
export function handles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Processor time a process takes over so many milliseconds, as a share of one core. */
export async function processorShare(pid, ms) {
  const before = ticks(pid);
  await sleep(ms);
  return (ticks(pid) - before) / TICKS / (ms / 1_000);
}

function ticks(pid) {
  const [, , ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/\(.*\)/, "name")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
