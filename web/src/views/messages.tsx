import { useState } from "preact/hooks";
import { api, searchOf } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, navigate, type Route } from "../router.ts";
import { MESSAGE_STATUSES, type Message } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Choice } from "../ui/choice.tsx";
import { Ask } from "../ui/dialog.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";
import { type Column, VirtualTable } from "../ui/virtual-table.tsx";
import { useLoad } from "../use-load.ts";
import { useNames } from "../use-names.ts";
import { forgetPages, usePages } from "../use-pages.ts";
import { DuplicateRisk } from "./duplicate-risk.tsx";

interface Filter {
  readonly status?: string | undefined;
  readonly template?: string | undefined;
}

/** Every follow-up, newest first. */
export function Messages({ route }: { readonly route: Route }) {
  const filter = { status: route.query.get("status") ?? "", template: route.query.get("template") ?? "" };
  const pages = usePages<Message>(`messages ${searchOf(filter)}`, (cursor, limit) =>
    api.messages({ ...filter, cursor, limit }),
  );
  const names = useNames(pages.items.map(({ leadId }) => leadId));
  const nameOf = (message: Message) => names.get(message.leadId) ?? "…";
  const isEmpty = pages.items.length === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Messages</h1>
          <p>Each template goes to a person once, however often anything runs.</p>
        </div>
        <Release status={filter.status} onDone={pages.reload} />
      </div>
      <div class="card list">
        <Bar filter={filter} />
        {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
        {isEmpty && pages.isLoading && (
          <div class="inset">
            <Skeleton lines={8} tall />
          </div>
        )}
        {isEmpty && !pages.hasMore && <NoMessages isFiltered={searchOf({ ...filter }) !== ""} />}
        {!isEmpty && (
          <VirtualTable
            label="Messages"
            columns={columnsWith(nameOf)}
            {...{ items: pages.items, hasMore: pages.hasMore, more: pages.more }}
            card={(message) => <MessageCard message={message} name={nameOf(message)} />}
          />
        )}
        {!isEmpty && pages.isLoading && <p class="table-foot">Loading more…</p>}
      </div>
    </>
  );
}

function columnsWith(nameOf: (message: Message) => string): readonly Column<Message>[] {
  return [
    {
      name: "subject",
      title: "Subject",
      width: "28%",
      cell: (message) => (
        <a class="main" href={href(`/messages/${message.id}`)}>
          {message.subject ?? message.template}
        </a>
      ),
    },
    {
      name: "lead",
      title: "Lead",
      cell: (message) => <a href={href(`/leads/${message.leadId}`)}>{nameOf(message)}</a>,
    },
    { name: "template", title: "Template", cell: ({ template }) => template },
    { name: "status", title: "Status", width: "116px", cell: ({ status }) => <Status of={status} /> },
    { name: "reason", title: "Why", cell: ({ reason }) => <span title={reason ?? ""}>{reason ?? ""}</span> },
    { name: "createdAt", title: "Queued", width: "140px", cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function MessageCard({ message, name }: { readonly message: Message; readonly name: string }) {
  return (
    <>
      <div class="line">
        <a class="main" href={href(`/messages/${message.id}`)}>
          {message.subject ?? message.template}
        </a>
        <Status of={message.status} />
      </div>
      <div class="line">
        <span>{name}</span>
      </div>
      <div class="line">
        <span>{message.template}</span>
        <Time at={message.createdAt} relative />
      </div>
    </>
  );
}

function Bar({ filter }: { readonly filter: Filter }) {
  const { summary } = useSurroundings().live;
  const templates = useLoad(api.templates, []);
  const change = (changes: Filter) => navigate(`/messages${searchOf({ ...filter, ...changes })}`, { replace: true });
  return (
    <search class="table-bar" aria-label="Filters">
      <Choice label="Status" value={filter.status ?? ""} onChange={(status) => change({ status })}>
        <option value="">Any status</option>
        {MESSAGE_STATUSES.map((status) => (
          <option key={status} value={status}>
            {status}
            {summary?.messages[status] ? ` (${summary.messages[status].toLocaleString()})` : ""}
          </option>
        ))}
      </Choice>
      <Choice label="Template" value={filter.template ?? ""} onChange={(template) => change({ template })}>
        <option value="">Any template</option>
        {(templates.data ?? []).map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
    </search>
  );
}

function NoMessages({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="search" title="No mail is like that">
        <a class="button" href={href("/messages")}>
          Show all mails
        </a>
      </Empty>
    );
  }
  return (
    <Empty icon="messages" title="No mail yet">
      <p>A rule queues one when a lead comes in. See which rules there are, and send a template to yourself.</p>
      <a class="button primary" href={href("/rules")}>
        Rules and templates
      </a>
    </Empty>
  );
}

const RELEASABLE = {
  failed: { action: "Send all failed again", told: "They are queued again and go within seconds." },
  previewed: {
    action: "Send all previewed",
    told: "What was only previewed is queued, and goes in the mode that is set now.",
  },
  uncertain: { action: "Send all uncertain again", told: "" },
} as const;

/** Queues everything again that stands at one status, after asking. */
function Release({ status, onDone }: { readonly status: string; readonly onDone: () => void }) {
  const { session, live } = useSurroundings();
  const [isAsking, setAsking] = useState(false);
  const release = RELEASABLE[status as keyof typeof RELEASABLE];
  const count = live.summary?.messages[status as keyof typeof RELEASABLE] ?? 0;
  if (release === undefined || !session.canChange || count === 0) return null;
  const confirm = async () => {
    const { requeued } = await api.requeue(status, status === "uncertain");
    toast(`${requeued.toLocaleString()} queued again.`);
    forgetPages();
    onDone();
    setAsking(false);
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {release.action}
      </button>
      {isAsking && (
        <Ask
          title={`${release.action}?`}
          action={`Send ${count.toLocaleString()}`}
          isDangerous={status === "uncertain"}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
        >
          <p>
            {count.toLocaleString()} {count === 1 ? "mail is" : "mails are"} {status}. {release.told}
          </p>
          {status === "uncertain" && <DuplicateRisk />}
        </Ask>
      )}
    </>
  );
}
