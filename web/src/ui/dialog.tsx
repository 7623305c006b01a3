import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useAction } from "../use-action.ts";
import { Icon } from "./icon.tsx";
import { messageOf } from "./states.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}

/** A window over the page, open for as long as it is rendered. The browser keeps the focus in it; Escape closes it. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-labelledby={name} onClose={onClose}>
      <header>
        <h2 id={name}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface AskProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says that does it. */
  readonly action: string;
  readonly isDangerous?: boolean;
  /** Whether it can be done yet. */
  readonly isReady?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly wide?: boolean;
}

/** Asks before something is done, does it, and stays open with the reason when it fails. */
export function Ask({ action, isDangerous = false, isReady = true, onConfirm, ...props }: AskProps) {
  const { isBusy, error, run } = useAction(onConfirm);
  return (
    <Dialog title={props.title} onClose={props.onClose} wide={props.wide ?? false}>
      <form onSubmit={run}>
        <div class="body">
          {props.children}
          {error !== undefined && (
            <p class="fault" role="alert">
              {messageOf(error)}
            </p>
          )}
        </div>
        <footer>
          <button type="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? "danger" : "primary"} disabled={isBusy || !isReady}>
            {isBusy ? "One moment…" : action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
