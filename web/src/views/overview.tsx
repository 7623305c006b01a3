import { useEffect, useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, type Route } from "../router.ts";
import { formSnippet } from "../snippets.ts";
import { MESSAGE_STATUSES, type MessageStatus, type Series, type Summary } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Copy } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { type Line, Plot } from "../ui/plot.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { lasted } from "../ui/time.tsx";
import { useLoad } from "../use-load.ts";
import { Attention } from "./attention.tsx";

const SPANS = [
  [1, "Day"],
  [7, "Week"],
  [30, "Month"],
] as const;
type Days = (typeof SPANS)[number][0];

/** How things stand, and how they went; what needs a person comes first. */
export function OverviewView(_props: { readonly route: Route }) {
  const { live } = useSurroundings();
  const [days, setDays] = useState<Days>(7);
  const series = useLoad(() => api.series(days), [days]);
  useRefresh(live.summary, series.reload);
  const { summary } = live;
  const isNew =
    summary !== undefined && summary.submissions + summary.events + summary.quarantined + summary.leads === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Overview</h1>
          <p>What came in, what was prevented, what went out.</p>
        </div>
        {!isNew && (
          <fieldset class="tabs" aria-label="Time shown">
            {SPANS.map(([span, title]) => (
              <button type="button" key={span} aria-pressed={span === days} onClick={() => setDays(span)}>
                {title}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <div class="stack">
        {summary !== undefined && <Attention summary={summary} />}
        {series.error !== undefined && <Failure error={series.error} retry={series.reload} />}
        {isNew ? <FirstStep /> : <Figures series={series.data} summary={summary} />}
      </div>
    </>
  );
}

/** What is plotted is read anew when the live figures change, but not at every one of a burst. */
const REFRESH_MS = 3_000;

function useRefresh(summary: Summary | undefined, reload: () => void): void {
  const counts = summary && JSON.stringify([summary.submissions, summary.replays, summary.leads, summary.messages]);
  const [seen, setSeen] = useState<string>();
  useEffect(() => {
    if (counts === undefined || counts === seen) return undefined;
    const timer = setTimeout(
      () => {
        setSeen(counts);
        if (seen !== undefined) reload();
      },
      seen === undefined ? 0 : REFRESH_MS / 3,
    );
    return () => clearTimeout(timer);
  }, [counts, seen, reload]);
}

interface FiguresProps {
  readonly series: Series | undefined;
  readonly summary: Summary | undefined;
}

function Figures({ series, summary }: FiguresProps) {
  if (series === undefined) {
    return (
      <div class="card">
        <Skeleton lines={8} tall />
      </div>
    );
  }
  const time = { from: Date.parse(series.from) / 1_000, stepSeconds: series.stepSeconds };
  return (
    <>
      <div class="tiles">
        <Tile title="New leads" value={sum(series.leads)} all={summary?.leads} />
        <Tile title="Submissions" value={sum(series.submissions)} all={summary?.submissions} />
        <Tile title="Replays prevented" value={sum(series.replays)} all={summary?.replays} />
        <Tile title="Mails sent" value={sentIn(series)} all={summary && sentOf(summary)} />
      </div>
      <div class="plots">
        <section class="card" aria-labelledby="in">
          <h2 id="in">Came in</h2>
          <Plot label="Came in" {...time} lines={cameIn(series)} />
        </section>
        <section class="card" aria-labelledby="out">
          <h2 id="out">Mails, by where they stand now</h2>
          <Plot label="Mails" {...time} lines={mails(series)} />
        </section>
      </div>
      {summary !== undefined && <Mails summary={summary} />}
    </>
  );
}

function Tile({
  title,
  value,
  all,
}: {
  readonly title: string;
  readonly value: number;
  readonly all: number | undefined;
}) {
  return (
    <div class="card tile">
      <h2>{title}</h2>
      <b>{value.toLocaleString()}</b>
      <small>{all === undefined ? " " : `${all.toLocaleString()} since the beginning`}</small>
    </div>
  );
}

/** Everything that was posted: it made a lead, came from somebody known, or was a repetition. */
function cameIn({ submissions, leads, replays }: Series): Line[] {
  // Events make leads without a submission.
  const known = submissions.map((count, step) => Math.max(0, count - leads[step]!));
  return [
    { name: "New leads", colour: "--plot-2", values: leads },
    { name: "From people known", colour: "--plot-1", values: known },
    { name: "Replays prevented", colour: "--plot-3", values: replays },
  ];
}

/** What is alike to a marketer has one colour. */
const GROUPS: readonly { name: string; colour: string; statuses: readonly MessageStatus[] }[] = [
  { name: "Sent", colour: "--plot-good", statuses: ["sent", "delivered"] },
  { name: "Only previewed", colour: "--plot-2", statuses: ["previewed", "shadowed"] },
  { name: "Waiting", colour: "--plot-1", statuses: ["queued", "sending"] },
  { name: "Not wanted", colour: "--plot-quiet", statuses: ["suppressed", "cancelled"] },
  { name: "Uncertain", colour: "--plot-3", statuses: ["uncertain"] },
  { name: "Failed or bounced", colour: "--plot-bad", statuses: ["failed", "bounced"] },
];

function mails({ messages, submissions }: Series): Line[] {
  const lines = GROUPS.map(({ statuses, ...line }) => ({
    ...line,
    values: submissions.map((_, step) => sum(statuses.map((status) => messages[status]?.[step] ?? 0))),
  }));
  const used = lines.filter(({ values }) => sum(values) > 0);
  return used.length > 0 ? used : lines.slice(0, 1);
}

function Mails({ summary }: { readonly summary: Summary }) {
  const { messages, oldestQueuedAt } = summary;
  const statuses = MESSAGE_STATUSES.filter((status) => (messages[status] ?? 0) > 0);
  return (
    <section class="card" aria-labelledby="mails">
      <div class="card-head">
        <h2 id="mails">All mails</h2>
        <p class="quiet-text">
          {oldestQueuedAt === null ? "None is queued." : `The oldest queued has waited ${lasted(oldestQueuedAt)}.`}
        </p>
      </div>
      {statuses.length === 0 ? (
        <p class="quiet-text">
          None yet. Follow-up rules queue them; see <a href={href("/rules")}>Rules and templates</a>.
        </p>
      ) : (
        <ul class="statuses">
          {statuses.map((status) => (
            <li key={status}>
              <a href={href(`/messages?status=${status}`)}>
                <b>{messages[status]!.toLocaleString()}</b>
                <Status of={status} />
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function FirstStep() {
  const { instance } = useSurroundings();
  return (
    <div class="card">
      <Empty icon="sources" title="Nothing has come in yet">
        <p>Put this form on any page and send it once: the lead appears here by itself, without reloading.</p>
        {instance !== undefined && (
          <Copy label="A form to begin with" text={formSnippet(instance.publicUrl, "contact")} />
        )}
        <a class="button primary" href={href("/sources")}>
          <Icon name="sources" size={16} /> More ways to connect
        </a>
      </Empty>
    </div>
  );
}

const SENT: readonly MessageStatus[] = ["sent", "delivered", "bounced"];

function sentIn({ messages }: Series): number {
  return sum(SENT.flatMap((status) => messages[status] ?? []));
}

function sentOf({ messages }: Summary): number {
  return sum(SENT.map((status) => messages[status] ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
