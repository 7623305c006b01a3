import type { z } from "zod";

/** Who may call. `any` is a key with whatever scope; the last three are let in by what stands in the request itself. */
export type Access = "public" | "ingest" | "read" | "admin" | "any" | "webhook" | "signature" | "token";

/** What an answer's body is, by media type; none where it has no body. */
export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call of the HTTP interface, made of the schemas its route parses with. */
export interface Operation {
  readonly method: "get" | "post" | "patch" | "delete" | "options";
  /** As OpenAPI writes it: `/v1/leads/{id}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: z.ZodRawShape;
  readonly params?: z.ZodRawShape;
  readonly headers?: z.ZodRawShape;
  readonly body?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, z.ZodType>>;
    /** Of the first media type. */
    readonly example: unknown;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses it is refused with, those of its access apart. */
  readonly problems: readonly number[];
}

export function json(description: string, schema: z.ZodType, headers?: Answer["headers"]): Answer {
  return { description, content: { "application/json": schema }, ...(headers !== undefined && { headers }) };
}

export function list(description: string, schema: z.ZodType): Answer {
  return json(description, schema, { Link: 'Address of the next page, `rel="next"`; absent on the last.' });
}

export function html(description: string, schema: z.ZodType): Answer {
  return { description, content: { "text/html": schema } };
}

export const REPLAYED = { "Idempotent-Replayed": "`true` where this is the first answer given again." };
