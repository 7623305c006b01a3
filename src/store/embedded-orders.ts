import type { IsolationLevel, SqlQuery } from "@prisma/driver-adapter-utils";
import type { ErrorKind } from "../base/errors.ts";

/** What the thread of the embedded database is asked to do; a transaction is named by a number of the one who asks. */
export type Order = { readonly id: number } & (
  | { readonly do: "query" | "execute"; readonly query: SqlQuery; readonly transaction?: number | undefined }
  | { readonly do: "script"; readonly script: string }
  | { readonly do: "begin"; readonly transaction: number; readonly isolation: IsolationLevel | undefined }
  | { readonly do: "end"; readonly transaction: number; readonly commit: boolean }
  | { readonly do: "close" }
);

/** What it answers to the order with that id; 0 for its start. */
export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault };

export type Fault =
  | { readonly leadgate: readonly [kind: ErrorKind, publicMessage: string] }
  /** What Prisma is told of an error of the database. */
  | { readonly driver: object }
  | { readonly message: string };
