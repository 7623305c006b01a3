// Loaded before the program (`node --import`): its clock is off by what the file LEADGATE_FAULT_CLOCK names says, in
// milliseconds. Timers and the monotonic clock stay as they are, as they do when a machine's clock is set.
import { readFileSync } from "node:fs";

const file = process.env.LEADGATE_FAULT_CLOCK;
const Real = Date;
let offsetMs = 0;

function look() {
  offsetMs = Number(readFileSync(file, "utf8")) || 0;
}

const now = () => Real.now() + offsetMs;
const Bent = new Proxy(Real, {
  construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [now()] : values, made),
  apply: () => new Real(now()).toString(),
  get: (target, name, self) => (name === "now" ? now : Reflect.get(target, name, self)),
});
Real.prototype.constructor = Bent;
globalThis.Date = Bent;

look();
setInterval(look, 25).unref();
