import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

const SHOWN_MS = 6_000;
let toasts: readonly Toast[] = [];
let made = 0;
let onChange = () => {};

/** Tells what was done, for a while. Screen readers are told too. */
export function toast(text: string, { isBad = false } = {}): void {
  const id = ++made;
  toasts = [...toasts.slice(-2), { id, text, isBad }];
  onChange();
  // What went wrong stays until it is closed: it may take longer to read, and says what to do.
  if (!isBad) setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts = toasts.filter((one) => one.id !== id);
  onChange();
}

export function Toasts() {
  const [, render] = useState({});
  useEffect(() => {
    onChange = () => render({});
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, isBad }) => (
        <div key={id} class={isBad ? "toast bad" : "toast"}>
          <Icon name={isBad ? "alert" : "check"} />
          <span>{text}</span>
          <button type="button" class="quiet" aria-label="Close this notice" onClick={() => dismiss(id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
