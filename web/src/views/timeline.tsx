import type { ComponentChildren } from "preact";
import { api } from "../api.ts";
import { href } from "../router.ts";
import type { Json, TimelineEntry } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Failure, Skeleton } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { usePages } from "../use-pages.ts";

/** Everything that happened to a lead, newest first. */
export function Timeline({ leadId, version }: { readonly leadId: string; readonly version: string }) {
  const pages = usePages<TimelineEntry>(`timeline ${leadId} ${version}`, (cursor, limit) =>
    api.timeline(leadId, { cursor, limit }),
  );
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {pages.items.length === 0 && pages.isLoading && <Skeleton lines={5} />}
      <ol class="timeline">
        {pages.items.map((entry) => (
          <li key={entry.type + entry.id}>
            <span class={`dot ${entry.type}`}>
              <Icon name={ICONS[entry.type]} size={16} />
            </span>
            <div>
              <Told entry={entry} />
              <small>
                <Time at={entry.at} />
              </small>
            </div>
          </li>
        ))}
      </ol>
      {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
      {pages.hasMore && pages.items.length > 0 && (
        <button type="button" onClick={pages.more} disabled={pages.isLoading}>
          {pages.isLoading ? "Loading…" : "Show what was before"}
        </button>
      )}
    </section>
  );
}

const ICONS: Readonly<Record<TimelineEntry["type"], IconName>> = {
  submission: "sources",
  decision: "rules",
  event: "event",
  message: "messages",
  change: "edit",
};

function Told({ entry }: { readonly entry: TimelineEntry }) {
  switch (entry.type) {
    case "submission":
      return <Submission {...entry} />;
    case "decision":
      return (
        <p>
          Rule <b>{entry.rule}</b>: {VERDICTS[entry.verdict] ?? entry.verdict}{" "}
          <span class="quiet-text">
            (template {entry.template}
            {entry.reason !== null && `; ${entry.reason.replace(/^not true: /, "asks for ")}`})
          </span>
        </p>
      );
    case "event":
      return (
        <More
          summary={
            <>
              Event <b>{entry.eventType}</b>
              {money(entry)} by {entry.source}
            </>
          }
          data={entry.data}
        />
      );
    case "message":
      return (
        <p>
          Mail <a href={href(`/messages/${entry.id}`)}>{entry.subject ?? entry.template}</a>{" "}
          <Status of={entry.status} />
          {entry.reason !== null && <span class="quiet-text"> {entry.reason}</span>}
        </p>
      );
    case "change":
      return <Change actor={entry.actor} changes={entry.changes} />;
  }
}

const VERDICTS: Readonly<Record<string, string>> = {
  queued: "queued its mail",
  "no-match": "did not apply",
  "other-source": "is for other sources",
  "already-sent": "would send what was sent before, so it sent nothing",
  suppressed: "sent nothing, since the person wants no mail",
  "no-consent": "sent nothing, for want of consent",
  held: "was held back",
};

const OUTCOMES: Readonly<Record<string, string>> = {
  created: "made this lead",
  updated: "changed it",
  unchanged: "said nothing new",
  stale: "said only what newer words stand against",
};

function Submission(entry: Extract<TimelineEntry, { type: "submission" }>) {
  const { replayCount } = entry;
  return (
    <More
      summary={
        <>
          Submission by <b>{entry.source}</b> {OUTCOMES[entry.outcome] ?? entry.outcome}
          {replayCount > 0 && (
            <span class="badge good">
              {replayCount} {replayCount === 1 ? "replay" : "replays"} prevented
            </span>
          )}
        </>
      }
      data={entry.payload}
      note={`Known again by ${entry.identity}`}
    />
  );
}

function Change({ actor, changes }: Pick<Extract<TimelineEntry, { type: "change" }>, "actor" | "changes">) {
  return (
    <div>
      <p>
        Changed by <b>{/^(submission|event) /.exec(actor)?.[1] ?? actor}</b>
      </p>
      <ul class="changes">
        {Object.entries(changes).map(([name, { from, to }]) => (
          <li key={name}>
            {name}: <del>{told(from)}</del> <Icon name="arrow" size={14} /> <ins>{told(to)}</ins>
          </li>
        ))}
      </ul>
    </div>
  );
}

function More(props: { readonly summary: ComponentChildren; readonly data: object; readonly note?: string }) {
  return (
    <details>
      <summary>{props.summary}</summary>
      <Scrolled class="raw" label="As it was sent">
        <pre>{JSON.stringify(props.data, null, 2)}</pre>
      </Scrolled>
      {props.note !== undefined && <p class="quiet-text">{props.note}</p>}
    </details>
  );
}

function money({ value, currency }: Extract<TimelineEntry, { type: "event" }>): string {
  return value === null ? "" : ` of ${value.toLocaleString()} ${currency ?? ""}`.trimEnd();
}

function told(value: Json): string {
  if (value === null || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
