import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Page } from "./types.ts";

/** A list that is read page by page as far as somebody looks. */
export interface Pages<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
  more(): void;
  reload(): void;
}

interface Reader<Item> {
  items: readonly Item[];
  cursor: string | null | undefined;
  isLoading: boolean;
  error: unknown;
  scrollY: number;
}

/** The first page is small, so that there is something to see at once; the others are as large as they may be. */
const FIRST = 50;
const FURTHER = 200;

/** Lists that were looked at last, so that going back finds them as they were. */
const kept = new Map<string, Reader<unknown>>();
const MAX_KEPT = 6;

/** Forgets kept lists, of which an item has changed. */
export function forgetPages(): void {
  kept.clear();
}

/**
 * Reads a list by its cursor.
 *
 * @param key names list and filter: another key is another list.
 */
export function usePages<Item>(
  key: string,
  load: (cursor: string | undefined, limit: number) => Promise<Page<Item>>,
): Pages<Item> {
  const [, render] = useState({});
  const reader = readerOf<Item>(key);

  const more = useCallback(async () => {
    const current = readerOf<Item>(key);
    if (current.isLoading || current.cursor === null) return;
    current.isLoading = true;
    current.error = undefined;
    render({});
    try {
      const page = await load(current.cursor, current.cursor === undefined ? FIRST : FURTHER);
      current.items = [...current.items, ...page.data];
      current.cursor = page.nextCursor;
    } catch (error) {
      current.error = error;
    }
    current.isLoading = false;
    render({});
  }, [key]);

  useEffect(() => {
    const current = readerOf<Item>(key);
    if (current.cursor === undefined) void more();
    else scrollTo({ top: current.scrollY });
  }, [key, more]);
  // Ends before the view goes: what is put in its place is shorter, and the browser then scrolls up.
  useLayoutEffect(() => {
    const remember = () => {
      readerOf<Item>(key).scrollY = scrollY;
    };
    addEventListener("scroll", remember, { passive: true });
    return () => removeEventListener("scroll", remember);
  }, [key]);

  const reload = useCallback(() => {
    kept.delete(key);
    void more();
  }, [key, more]);
  return {
    items: reader.items,
    hasMore: reader.cursor !== null,
    isLoading: reader.isLoading,
    error: reader.error,
    more: () => void more(),
    reload,
  };
}

function readerOf<Item>(key: string): Reader<Item> {
  const known = kept.get(key);
  if (known !== undefined) return known as Reader<Item>;
  const reader: Reader<Item> = { items: [], cursor: undefined, isLoading: false, error: undefined, scrollY: 0 };
  kept.set(key, reader as Reader<unknown>);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
  return reader;
}
