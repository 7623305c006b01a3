import type { Client } from "./client.ts";

/** Every item of a list, page by page. */
export async function* pagesOf<Item>(client: Client, path: string): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: "200", ...(cursor !== null && { cursor }) });
    const page: { data: Item[]; nextCursor: string | null } = await client.json("GET", `${path}?${query}`);
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** Columns of text under their headers. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = headers.map((header, index) =>
    Math.max(header.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd();
  return [line(headers), ...rows.map(line)];
}
