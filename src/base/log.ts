import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** Addresses, API keys and signed tokens, wherever a library put them into a message. */
const PERSONAL = /[^\s"'<>()=,;:]{1,64}@[^\s"'<>(),;]{1,255}|\blg_[A-Za-z0-9_-]{8,}|([?&]key=)[^&\s"']+/g;

/** Text that may be logged: without addresses and keys. */
export function scrub(text: string): string {
  return text.replace(PERSONAL, "[removed]");
}

/**
 * The log: JSON lines on standard error, so that standard output keeps the lines that people and scripts wait for.
 * Bodies and headers are never given to it; errors are scrubbed, because database drivers quote values.
 * Lines are written a page at a time, at the latest after half a second and when the process exits: a write for each
 * would be a system call for each request.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: serializeError } },
    destination ?? pino.destination({ fd: 2, sync: false, minLength: 4_096, periodicFlush: 500 }),
  );
}

/** Database errors quote the values of rows in their messages; their code and stack must do. */
const QUOTES_VALUES = /^Prisma|^DriverAdapterError$|^DatabaseError$|^error$/;

function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  const quoting = QUOTES_VALUES.test(name);
  const frames = stack?.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: quoting ? "a database error; see its code" : scrub(message),
    ...(code !== undefined && { code }),
    ...(frames !== undefined && { stack: scrub(frames.join("\n")) }),
    ...(cause !== undefined && { cause: serializeError(cause) }),
  };
}
