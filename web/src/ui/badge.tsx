import type { ComponentChildren } from "preact";

export type Tone = "plain" | "blue" | "good" | "warn" | "bad";

/** How each word of the service is to be taken. What is not here says nothing good or bad. */
const TONES: Readonly<Record<string, Tone>> = {
  new: "blue",
  contacted: "plain",
  qualified: "warn",
  won: "good",
  lost: "plain",
  queued: "blue",
  sending: "blue",
  sent: "good",
  delivered: "good",
  bounced: "bad",
  failed: "bad",
  uncertain: "warn",
  suppressed: "warn",
  pending: "blue",
  created: "good",
  updated: "blue",
  disabled: "bad",
  revoked: "bad",
  active: "good",
};

export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A status of a lead, a mail or a delivery. */
export function Status({ of }: { readonly of: string }) {
  return <Badge tone={TONES[of] ?? "plain"}>{of}</Badge>;
}
