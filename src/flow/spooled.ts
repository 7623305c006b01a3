import type { JsonObject } from "../lead/types.ts";
import type { AsideRequest } from "./set-aside.ts";
import type { Submission } from "./submission.ts";

/** A submission that waits for the database: it has an id and a time of arrival. */
export type SpooledSubmission = Submission & { readonly id: string; readonly arrivedAt: Date };

/** What waits in the spool. */
export type Spooled =
  | { readonly kind: "submission"; readonly submission: SpooledSubmission }
  | { readonly kind: "aside"; readonly id: string; readonly arrivedAt: Date; readonly request: AsideRequest };

/** A record's form; another release that keeps something else counts it up. */
const VERSION = 1;

/** Writes what waits as a line of JSON. Everything of it is data but its times, which become ISO 8601. */
export function toRecord(spooled: Spooled): string {
  return JSON.stringify({ version: VERSION, ...spooled });
}

/** Reads what `toRecord` wrote; undefined where it is no record of this release. */
export function fromRecord(record: string): Spooled | undefined {
  const read = parse(record);
  if (read?.version !== VERSION) return undefined;
  if (read.kind === "aside") {
    const { id, arrivedAt, request } = read as unknown as Written<Extract<Spooled, { kind: "aside" }>>;
    return { kind: "aside", id, arrivedAt: new Date(arrivedAt), request };
  }
  if (read.kind !== "submission") return undefined;
  const submission = read.submission as unknown as Written<SpooledSubmission>;
  const { occurredAt, arrivedAt } = submission;
  return {
    kind: "submission",
    submission: {
      ...submission,
      arrivedAt: new Date(arrivedAt),
      occurredAt: occurredAt === undefined ? undefined : new Date(occurredAt),
    },
  };
}

/** As it stands in JSON. */
type Written<Value> = Omit<Value, "arrivedAt" | "occurredAt"> & {
  readonly arrivedAt: string;
  readonly occurredAt?: string;
};

function parse(record: string): JsonObject | undefined {
  try {
    const read: unknown = JSON.parse(record);
    return typeof read === "object" && read !== null ? (read as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
