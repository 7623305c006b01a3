import type { Clock } from "../../src/base/clock.ts";

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  constructor(private at = new Date("2026-03-01T12:00:00.000Z")) {}

  now(): Date {
    return new Date(this.at);
  }

  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}
