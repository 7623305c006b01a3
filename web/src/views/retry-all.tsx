import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, api } from "../api.ts";
import type { Quarantined } from "../types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { messageOf } from "../ui/states.tsx";
import type { Mapping } from "./mapping-editor.tsx";

interface Progress {
  readonly taken: number;
  readonly refused: number;
  readonly total: number | undefined;
  readonly isOver: boolean;
  readonly error?: unknown;
}

interface RetryAllProps {
  readonly source: string;
  readonly map: Mapping;
  readonly onClose: () => void;
}

/** Takes in everything of a source that still waits, one after the other; closing it stops it, and nothing is done twice. */
export function RetryAll({ source, map, onClose }: RetryAllProps) {
  const [progress, setProgress] = useState<Progress>({ taken: 0, refused: 0, total: undefined, isOver: false });
  const isStopped = useRef(false);
  useEffect(() => {
    void takeAll(source, map, () => isStopped.current, setProgress);
    return () => {
      isStopped.current = true;
    };
  }, []);
  const { taken, refused, total, isOver, error } = progress;
  return (
    <Dialog title={`Taking in what waits of ${source}`} onClose={onClose}>
      <div class="body">
        {/* Without a value it shows that something is under way. */}
        <progress max={total ?? 1} {...(total !== undefined && { value: taken + refused })} aria-label="Progress" />
        <p role="status">
          {total === undefined && !isOver ? "Looking for what waits…" : `${taken} of ${total ?? 0} taken in`}
          {refused > 0 && `, ${refused} still without an address`}
          {isOver && ". Done."}
        </p>
        {error !== undefined && (
          <p class="fault" role="alert">
            {messageOf(error)}
          </p>
        )}
      </div>
      <footer>
        <button type="button" class={isOver ? "primary" : ""} onClick={onClose}>
          {isOver ? "Close" : "Stop here"}
        </button>
      </footer>
    </Dialog>
  );
}

async function takeAll(
  source: string,
  map: Mapping,
  isStopped: () => boolean,
  tell: (progress: Progress) => void,
): Promise<void> {
  let [taken, refused] = [0, 0];
  try {
    const waiting = await readWaiting(source, isStopped);
    const total = waiting.length;
    for (const { id } of waiting) {
      if (isStopped()) return;
      tell({ taken, refused, total, isOver: false });
      if (await take(id, map)) taken += 1;
      else refused += 1;
    }
    tell({ taken, refused, total, isOver: true });
  } catch (error) {
    tell({ taken, refused, total: taken + refused, isOver: true, error });
  }
}

async function readWaiting(source: string, isStopped: () => boolean): Promise<Quarantined[]> {
  const waiting: Quarantined[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.quarantine({ source, cursor, limit: 200 });
    waiting.push(...page.data.filter(({ retriedAt }) => retriedAt === null));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && !isStopped());
  // The oldest first, as they would have come in.
  return waiting.reverse();
}

/** @returns false when there is still no address in it. */
async function take(id: string, map: Mapping): Promise<boolean> {
  try {
    await api.retryMapped(id, map);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return false;
    throw error;
  }
}
