import { setTimeout as wait } from "node:timers/promises";
import { LeadgateError } from "../base/errors.ts";
import type { JsonObject } from "../lead/types.ts";
import { type Answer, type Client, detailOf, refusal } from "./client.ts";

/** A row on its way, and how to name it when it is refused. */
export interface Posted {
  readonly row: number;
  readonly line: number;
  /** JSON of the item. */
  readonly body: string;
  /** What the row looks like in the file of refused rows. */
  readonly cells: readonly string[];
  /** Rows of the same person have the same, so that they are taken in the order of the file. */
  readonly person: string;
}

/** What the server said of one row. */
export type RowAnswer = { readonly outcome: string; readonly replayed: boolean } | { readonly refused: string };

export interface PostOptions {
  readonly client: Client;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onAnswer: (row: Posted, answer: RowAnswer) => void;
  /** Told once for each time the server is away. */
  readonly onAway: (why: string) => void;
}

/** Batches under way at once: enough that the server need not wait for this program, nor its database for either. */
const LANES = 4;
const BATCH_ROWS = 500;
/** Under the server's default `BODY_LIMIT` of 1 MB; a smaller limit is found out by halving. */
const BATCH_BYTES = 900_000;
const GIVE_UP_AFTER_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Posts rows in batches, several at a time. Rows of one person are always in the same lane, one batch behind the other,
 * so that the order of the file decides what stands, and not which batch was faster.
 */
export class RowPoster {
  readonly #lanes = Array.from({ length: LANES }, () => new Lane((rows) => postBatch(this.options, rows)));

  constructor(private readonly options: PostOptions) {}

  /** Takes a row; waits while its lane is full. */
  async push(row: Posted): Promise<void> {
    await this.#lanes[laneOf(row.person)]!.push(row);
  }

  /** Posts what is left; after an interrupt it only waits for what is under way. */
  async finish(): Promise<void> {
    const post = !this.options.signal.aborted;
    await Promise.all(this.#lanes.map((lane) => lane.finish(post)));
  }
}

function laneOf(person: string): number {
  let hash = 0;
  for (let index = 0; index < person.length; index++) hash = (hash * 31 + person.charCodeAt(index)) | 0;
  return Math.abs(hash) % LANES;
}

class Lane {
  #waiting: Posted[] = [];
  #bytes = 0;
  #posting: Promise<void> = Promise.resolve();

  constructor(private readonly post: (rows: readonly Posted[]) => Promise<void>) {}

  async push(row: Posted): Promise<void> {
    const size = Buffer.byteLength(row.body) + 1;
    if (this.#waiting.length === BATCH_ROWS || this.#bytes + size > BATCH_BYTES) await this.#send();
    this.#waiting.push(row);
    this.#bytes += size;
  }

  async finish(post: boolean): Promise<void> {
    if (post && this.#waiting.length > 0) await this.#send();
    await this.#posting;
  }

  /** Begins the next batch once the one before it is in; a failure shows at the next call, or at the end. */
  async #send(): Promise<void> {
    await this.#posting;
    const rows = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#posting = this.post(rows);
    this.#posting.catch(() => undefined);
  }
}

async function postBatch(options: PostOptions, rows: readonly Posted[]): Promise<void> {
  const { status, text } = await untilAnswered(options, `[${rows.map(({ body }) => body).join(",")}]`);
  if (status === 413 && rows.length > 1) {
    const half = Math.ceil(rows.length / 2);
    await postBatch(options, rows.slice(0, half));
    return postBatch(options, rows.slice(half));
  }
  if (status === 413) {
    return options.onAnswer(rows[0]!, { refused: detailOf(text) ?? "It is larger than the server takes." });
  }
  if (status !== 200) throw refusal(status, text);
  const { results } = JSON.parse(text) as { results: JsonObject[] };
  for (const [index, row] of rows.entries()) options.onAnswer(row, answerOf(results[index]!));
}

function answerOf(result: JsonObject): RowAnswer {
  if (result.error !== undefined) return { refused: detailOf(result.error as object) ?? "The server refused it." };
  // A receipt: the database was away, and the server has made the row durable elsewhere.
  if (result.accepted === true) return { outcome: "spooled", replayed: false };
  return { outcome: String(result.outcome), replayed: result.replayed === true };
}

/** Sends the same batch again while the server is away or asks to wait: its rows are taken in once however often. */
async function untilAnswered({ client, path, signal, onAway }: PostOptions, body: string): Promise<Answer> {
  const since = Date.now();
  for (let attempt = 1; ; attempt++) {
    const answer = await client.post(path, body).catch(orAway);
    if (!(answer instanceof LeadgateError) && !PASSING.has(answer.status)) return answer;
    const error = answer instanceof LeadgateError ? answer : refusal(answer.status, answer.text);
    if (Date.now() - since > GIVE_UP_AFTER_MS || signal.aborted) throw error;
    if (attempt === 1) onAway(error.publicMessage);
    const askedMs = answer instanceof LeadgateError ? 0 : (answer.retryAfterSeconds ?? 0) * 1_000;
    const waitMs = Math.min(askedMs || 250 * 2 ** Math.min(attempt, 6), LONGEST_WAIT_MS);
    await wait(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function orAway(error: unknown): LeadgateError {
  if (error instanceof LeadgateError) return error;
  throw error;
}

/** Answers that another try may change. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
