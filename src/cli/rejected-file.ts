import { once } from "node:events";
import { createWriteStream, renameSync, type WriteStream } from "node:fs";
import { stringify } from "csv-stringify/sync";
import { REJECTED_LINE, REJECTED_REASON } from "./columns.ts";

/** The rows that were refused, with line and reason beside each, to be mended and imported by themselves. */
export class RejectedFile {
  #out: WriteStream | undefined;

  /** @param path where it is to stand; made with the first row, so that a clean import leaves none. */
  constructor(
    readonly path: string,
    private readonly headers: readonly string[],
  ) {}

  add(cells: readonly string[], line: number, reason: string): void {
    if (this.#out === undefined) {
      this.#out = createWriteStream(this.#partial);
      this.#write([...this.headers, REJECTED_LINE, REJECTED_REASON]);
    }
    const whole = this.headers.map((_, index) => cells[index] ?? "");
    this.#write([...whole, String(line), reason]);
  }

  /** @returns where it stands; undefined when nothing was refused. */
  async close(): Promise<string | undefined> {
    if (this.#out === undefined) return undefined;
    this.#out.end();
    await once(this.#out, "finish");
    renameSync(this.#partial, this.path);
    return this.path;
  }

  get #partial(): string {
    return `${this.path}.partial`;
  }

  #write(cells: readonly string[]): void {
    this.#out!.write(stringify([cells as string[]], { escape_formulas: true, record_delimiter: "\r\n" }));
  }
}
