import { Component, type ComponentChildren } from "preact";
import { ApiError } from "../api.ts";
import { Icon, type IconName } from "./icon.tsx";

/** Where there is nothing yet: what would be here, and the first step to it. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <span class="mark">
        <Icon name={props.icon} size={26} />
      </span>
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** What went wrong, and asking again. */
export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="alert" />
      <div>
        <p>{messageOf(error)}</p>
        {retry && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** In the place of a view that could not be loaded. */
export function ViewFailure({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <div class="stack">
      <h1>{isMissing ? "There is no such thing (any more)" : "This can't be shown"}</h1>
      <Failure error={error} retry={retry} />
    </div>
  );
}

/** Keeps a fault of one view from taking the whole page down. */
export class Bounds extends Component<{ readonly children: ComponentChildren }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  render() {
    const { error } = this.state;
    return error === undefined ? this.props.children : <ViewFailure error={error} retry={() => location.reload()} />;
  }
}

/** A sentence for people about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError))
    return "Something went wrong on this page. Reload it, and tell whoever runs it if it stays.";
  const wait = error.retryAfter === undefined ? "" : ` Try again in ${error.retryAfter} seconds.`;
  return error.message + (error.message.includes("Try again") ? "" : wait);
}

/** Grey lines in the place of what is on its way. */
export function Skeleton({ lines = 4, tall = false }: { readonly lines?: number; readonly tall?: boolean }) {
  return (
    <div class={tall ? "skeleton tall" : "skeleton"} aria-busy="true" role="status">
      <span class="hidden">Loading…</span>
      {Array.from({ length: lines }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}
