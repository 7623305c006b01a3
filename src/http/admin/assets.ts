import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Request, Response } from "express";
import { LeadgateError } from "../../base/errors.ts";

/** Where the build puts the page (scripts/build-web.mjs). */
const DIRECTORY = fileURLToPath(new URL("../../../dist/web", import.meta.url));

/** The page loads its own files and asks this service; nothing runs or is styled that is not in a file of ours. */
export const ADMIN_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** Whole, or as the build has compressed it. */
type Encoding = "identity" | "br" | "gzip";
type Variants = Partial<Record<Encoding, Buffer>>;

/** The page's files, read into memory once: a name that is not among them reaches no file system. */
export class Assets {
  readonly #files: ReadonlyMap<string, Variants>;

  constructor(directory = DIRECTORY) {
    this.#files = read(directory);
  }

  /** @throws LeadgateError `not-found`. */
  send(name: string, request: Request, response: Response): void {
    const variants = this.#files.get(name);
    if (variants === undefined) throw new LeadgateError("not-found", "There is no such file.");
    const encoding = chosen(request, variants);
    response.set("Content-Type", TYPES[extname(name)] ?? "application/octet-stream").vary("Accept-Encoding");
    if (encoding !== "identity") response.set("Content-Encoding", encoding);
    response.end(request.method === "HEAD" ? undefined : variants[encoding]);
  }

  /** Whether the page was built. */
  get isBuilt(): boolean {
    return this.#files.has("index.html");
  }
}

/** The smallest that the browser can read. */
function chosen(request: Request, variants: Variants): Encoding {
  const readable = (["br", "gzip"] as const).filter((name) => request.acceptsEncodings(name) !== false);
  return readable.find((name) => variants[name] !== undefined) ?? "identity";
}

function read(directory: string): Map<string, Variants> {
  const files = new Map<string, Variants>();
  if (!existsSync(directory)) return files;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length + 1).replaceAll("\\", "/");
    const encoding = name.endsWith(".br") ? "br" : name.endsWith(".gz") ? "gzip" : "identity";
    const plain = encoding === "identity" ? name : name.slice(0, -3);
    files.set(plain, { ...files.get(plain), [encoding]: readFileSync(path) });
  }
  return files;
}
