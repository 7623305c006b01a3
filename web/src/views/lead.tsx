import type { ComponentChildren } from "preact";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { nameOf } from "../lead-name.ts";
import { href, navigate, type Route } from "../router.ts";
import type { DecisionEntry, Lead, MessageEntry } from "../types.ts";
import { Badge, Status } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { Failure, Skeleton, ViewFailure } from "../ui/states.tsx";
import { local, Time } from "../ui/time.tsx";
import { useLoad } from "../use-load.ts";
import { forgetPages } from "../use-pages.ts";
import { type Reason, whyOf } from "../why.ts";
import { LeadActions } from "./lead-actions.tsx";
import { Timeline } from "./timeline.tsx";

/** One lead: who it is, what became of the mail, and all that happened. */
export function LeadView({ route }: { readonly route: Route }) {
  const id = route.parts[1]!;
  const loaded = useLoad(() => api.lead(id), [id]);
  const { data } = loaded;
  if (data === undefined) {
    return loaded.error === undefined ? (
      <Skeleton lines={8} />
    ) : (
      <ViewFailure error={loaded.error} retry={loaded.reload} />
    );
  }
  const changed = (next: { lead: Lead; etag: string }) => {
    forgetPages();
    loaded.set(next);
  };
  const { lead, etag } = data;
  return (
    <>
      <a class="back" href={href("/leads")}>
        <Icon name="back" size={16} /> Leads
      </a>
      <div class="page-head">
        <div>
          <h1>{nameOf(lead)}</h1>
          <p class="row">
            <Status of={lead.status} />
            {lead.suppressed && <Badge tone="warn">no mail</Badge>}
            <span>
              {lead.submissionCount} {lead.submissionCount === 1 ? "submission" : "submissions"}, first by{" "}
              <b>{lead.source}</b>
            </span>
          </p>
        </div>
        <LeadActions
          {...{ lead, etag }}
          onChanged={changed}
          onStale={loaded.reload}
          onErased={() => {
            forgetPages();
            navigate("/leads");
          }}
        />
      </div>
      <div class="lead">
        <div class="stack">
          <Facts lead={lead} />
          <Extras lead={lead} />
        </div>
        <div class="stack">
          <Why lead={lead} version={etag} />
          <Timeline leadId={lead.id} version={etag} />
        </div>
      </div>
    </>
  );
}

function Facts({ lead }: { readonly lead: Lead }) {
  const consent = lead.consent === null ? "not known" : lead.consent ? "given" : "refused";
  return (
    <section class="card" aria-label="Details">
      <dl class="facts">
        <Fact name="E-mail">
          <a href={`mailto:${encodeURIComponent(lead.emailAsGiven)}`}>{lead.emailAsGiven}</a>
          {lead.emailAsGiven !== lead.email && <div class="quiet-text">kept as {lead.email}</div>}
        </Fact>
        <Fact name="Phone">{lead.phone}</Fact>
        <Fact name="Company">{lead.company}</Fact>
        <Fact name="Job title">{lead.jobTitle}</Fact>
        <Fact name="Website">{lead.website}</Fact>
        <Fact name="Country">{lead.country}</Fact>
        <Fact name="Consent">{consent}</Fact>
        <Fact name="Message">{lead.message && <span class="pre">{lead.message}</span>}</Fact>
        <Fact name="Created">
          <Time at={lead.createdAt} />
        </Fact>
        <Fact name="Last heard of">
          <Time at={lead.lastSubmissionAt} />
        </Fact>
      </dl>
    </section>
  );
}

/** What is not known takes no room. */
function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (children === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Campaign and attributes: whatever else was sent. */
function Extras({ lead }: { readonly lead: Lead }) {
  const utm = Object.entries(lead.utm).map(([name, value]): [string, unknown] => [`utm ${name}`, value]);
  const entries = [...utm, ...Object.entries(lead.attributes)];
  if (entries.length === 0) return null;
  return (
    <section class="card" aria-labelledby="extras">
      <h2 id="extras">Also sent</h2>
      <dl class="facts">
        {entries.map(([name, value]) => (
          <Fact key={name} name={name}>
            <span class="pre">{typeof value === "string" ? value : JSON.stringify(value)}</span>
          </Fact>
        ))}
      </dl>
    </section>
  );
}

const MAILS_READ = 200;

/** The answer to "why did she get no mail?". */
function Why({ lead, version }: { readonly lead: Lead; readonly version: string }) {
  const { live } = useSurroundings();
  const pulse = JSON.stringify(live.summary?.messages);
  const { data, error, reload } = useLoad(
    () => api.timeline(lead.id, { type: "message,decision", limit: MAILS_READ }),
    [lead.id, version, pulse],
  );
  const rules = useLoad(api.rules, []);
  const team = (rules.data ?? []).filter(({ to }) => to !== undefined).map(({ name }) => name);
  const entries = data?.data ?? [];
  const reasons = whyOf(
    entries.filter((entry): entry is MessageEntry => entry.type === "message"),
    entries.filter((entry): entry is DecisionEntry => entry.type === "decision"),
    {
      teamRules: new Set(team),
      paused: live.summary?.pause?.reason,
      now: Date.now(),
      tell: local,
    },
  );
  return (
    <section class="card" aria-labelledby="why">
      <h2 id="why">Mail to {lead.firstName ?? "this person"}, and why or why not</h2>
      {lead.suppressed && (
        <p class="notice warn">
          <Icon name="alert" /> This person gets no mail: they unsubscribed, complained, or their address came back.
        </p>
      )}
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <Skeleton lines={3} /> : <Reasons reasons={reasons} />}
    </section>
  );
}

const TONE_ICONS = { good: "check", wait: "clock", warn: "alert", bad: "alert", plain: "pause" } as const;

function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  return (
    <ul class="reasons">
      {reasons.map(({ tone, title, detail, messageId, at }) => (
        <li key={title + at} class={tone}>
          <Icon name={TONE_ICONS[tone]} />
          <div>
            <b>{title}</b>
            <p>
              {detail.split("`").map((text, index) => (index % 2 === 1 ? <code key={text}>{text}</code> : text))}{" "}
              {messageId !== undefined && <a href={href(`/messages/${messageId}`)}>Look at the mail</a>}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
