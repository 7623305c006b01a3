import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { usePhone } from "../use-phone.ts";

export interface Column<Item> {
  readonly name: string;
  readonly title: string;
  /** CSS width; without it the column takes an equal part of what is left. */
  readonly width?: string;
  readonly cell: (item: Item) => ComponentChildren;
}

interface TableProps<Item extends { readonly id: string }> {
  readonly label: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** Asked for as the end comes near. */
  readonly more: () => void;
  /** What a row is on a phone, where columns have no room. */
  readonly card: (item: Item) => ComponentChildren;
  readonly sort?: { readonly column: string; readonly isDescending: boolean } | undefined;
  readonly onSort?: ((column: string) => void) | undefined;
  readonly sortable?: readonly string[];
}

const ROW_PX = { desk: 44, phone: 84 } as const;
/** Rows rendered above and below what is seen. */
const SPARE = 12;
/** How many rows before the end the next page is asked for. */
const AHEAD = 60;

/**
 * A table of any length: only the rows that are seen are in the page, so that ten thousand scroll like ten. The window
 * scrolls it. Arrow keys go from row to row.
 */
export function VirtualTable<Item extends { readonly id: string }>(props: TableProps<Item>) {
  const { items, columns, hasMore, more } = props;
  const isPhone = usePhone();
  const rowPx = isPhone ? ROW_PX.phone : ROW_PX.desk;
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last } = useSeen(body, items.length, rowPx);
  const onKeyDown = useRowKeys(body, items.length, rowPx);
  useEffect(() => {
    if (hasMore && last + AHEAD >= items.length) more();
  }, [last, items.length, hasMore, more]);
  return (
    <table
      class={isPhone ? "rows cards" : "rows"}
      aria-label={props.label}
      aria-rowcount={hasMore ? -1 : items.length + 1}
    >
      {!isPhone && <Head {...props} />}
      <tbody ref={body} onKeyDown={onKeyDown}>
        <Space px={first * rowPx} />
        {items.slice(first, last).map((item, offset) => (
          <tr key={item.id} aria-rowindex={first + offset + 2} data-index={first + offset}>
            {isPhone ? <td>{props.card(item)}</td> : columns.map(({ name, cell }) => <td key={name}>{cell(item)}</td>)}
          </tr>
        ))}
        <Space px={(items.length - last) * rowPx} />
      </tbody>
    </table>
  );
}

function Head<Item extends { readonly id: string }>({ columns, sort, onSort, sortable = [] }: TableProps<Item>) {
  return (
    <thead>
      <tr>
        {columns.map(({ name, title, width }) => {
          const isSorted = sort?.column === name;
          const order = isSorted ? (sort.isDescending ? "descending" : "ascending") : undefined;
          return (
            <th key={name} scope="col" aria-sort={order} style={width === undefined ? {} : { width }}>
              {sortable.includes(name) ? (
                <button type="button" class="sort" onClick={() => onSort?.(name)}>
                  {title}
                  <span aria-hidden="true">{isSorted ? (sort.isDescending ? " ↓" : " ↑") : " ↕"}</span>
                </button>
              ) : (
                title
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** The height of rows that are not there. */
function Space({ px }: { readonly px: number }) {
  if (px <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr class="space" aria-hidden="true">
      <td style={{ height: `${px}px` }} />
    </tr>
  );
}

/** Which rows are seen, with some to spare. */
function useSeen(body: { readonly current: HTMLElement | null }, count: number, rowPx: number) {
  const [seen, setSeen] = useState({ first: 0, last: 40 });
  useLayoutEffect(() => {
    const look = () => {
      if (body.current === null) return;
      const top = -body.current.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / rowPx) - SPARE);
      const last = Math.ceil((top + innerHeight) / rowPx) + SPARE;
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [body, rowPx, count]);
  const last = Math.min(count, Math.max(seen.last, 0));
  return { first: Math.min(seen.first, last), last };
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** Moves the focus to the link of another row, which is scrolled to first: it may not be in the page yet. */
function useRowKeys(body: { readonly current: HTMLElement | null }, count: number, rowPx: number) {
  return (event: KeyboardEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("tr[data-index]");
    if (row === null || !(event.target instanceof HTMLAnchorElement)) return;
    const from = Number(row.dataset.index);
    const step = STEPS[event.key];
    const wanted = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : step && from + step;
    if (wanted === undefined) return;
    event.preventDefault();
    const index = Math.min(count - 1, Math.max(0, wanted));
    reveal(body.current!, index, rowPx);
    focusRow(body.current!, index);
  };
}

/** Room for what sticks to the top of the window. */
const TOP_PX = 104;

function reveal(body: HTMLElement, index: number, rowPx: number): void {
  const top = body.getBoundingClientRect().top + index * rowPx;
  if (top < TOP_PX) scrollBy({ top: top - TOP_PX });
  else if (top + rowPx > innerHeight) scrollBy({ top: top + rowPx - innerHeight + 8 });
}

/** The row is rendered within a frame or two of the scroll that brings it. */
function focusRow(body: HTMLElement, index: number, tries = 5): void {
  const link = body.querySelector<HTMLElement>(`tr[data-index="${index}"] a`);
  if (link !== null) link.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusRow(body, index, tries - 1));
}
