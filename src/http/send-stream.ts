import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Request, Response } from "express";
import type { Log } from "../base/log.ts";

/** A file that is made while it is sent. */
export interface StreamedFile {
  readonly contentType: string;
  readonly name: string;
  readonly chunks: AsyncGenerator<string>;
}

/**
 * Sends a file as fast as the caller takes it, and no faster. What fails before the first byte is an error like any
 * other; after it the connection is cut, so that nobody takes half a file for a whole one. A caller who goes away ends
 * it.
 */
export async function sendStream(request: Request, response: Response, file: StreamedFile, log: Log): Promise<void> {
  response
    .set("Content-Type", file.contentType)
    .set("Content-Disposition", `attachment; filename="${file.name}"`)
    .set("Cache-Control", "no-store");
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const first = await file.chunks.next().catch((error: unknown) => {
    response.removeHeader("Content-Disposition");
    throw error;
  });
  try {
    await pipeline(Readable.from(resumed(first, file.chunks), { objectMode: true, highWaterMark: 1 }), response);
  } catch (error) {
    const wentAway = (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
    if (!wentAway) log.error({ err: error, requestId: request.id }, "an export broke off; its connection was cut");
    response.destroy();
  }
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
