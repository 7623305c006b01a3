import { api } from "../api.ts";
import { href, type Route } from "../router.ts";
import type { Rule, Template } from "../types.ts";
import { Badge } from "../ui/badge.tsx";
import { Empty, Skeleton, ViewFailure } from "../ui/states.tsx";
import { useLoad } from "../use-load.ts";
import { TemplateView } from "./template.tsx";

/** What is mailed to whom and when, as it was loaded, and how the templates look. */
export function Rules({ route }: { readonly route: Route }) {
  const loaded = useLoad(async () => {
    const [rules, templates] = await Promise.all([api.rules(), api.templates()]);
    return { rules, templates };
  }, []);
  if (loaded.data === undefined) {
    return loaded.error === undefined ? (
      <Skeleton lines={8} />
    ) : (
      <ViewFailure error={loaded.error} retry={loaded.reload} />
    );
  }
  const { rules, templates } = loaded.data;
  const name =
    route.parts[1] ?? rules.find(({ template }) => !template.startsWith("sendgrid:"))?.template ?? templates[0]?.name;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Rules and templates</h1>
          <p>As they were loaded. They are changed in the configuration file and the templates folder.</p>
        </div>
      </div>
      <div class="stack">
        <section class="card flush" aria-labelledby="rules">
          <h2 id="rules" class="inset-title">
            Follow-up rules
          </h2>
          {rules.length === 0 ? (
            <Empty icon="rules" title="No rule, so no mail">
              <p>Add one under followUps of the configuration file.</p>
            </Empty>
          ) : (
            <ul class="rules">
              {rules.map((rule) => (
                <RuleItem key={rule.name} rule={rule} />
              ))}
            </ul>
          )}
        </section>
        <div class="split wide-right">
          <TemplateList templates={templates} current={name} />
          {name !== undefined && <TemplateView key={name} name={name} />}
        </div>
      </div>
    </>
  );
}

function TemplateList({
  templates,
  current,
}: {
  readonly templates: readonly Template[];
  readonly current: string | undefined;
}) {
  return (
    <nav class="card flush picks" aria-label="Templates">
      {templates.map(({ name, rules, asksToConfirm }) => (
        <a key={name} href={href(`/rules/${name}`)} aria-current={name === current ? "true" : undefined}>
          <span>{name}</span>
          {asksToConfirm ? <Badge>opt-in</Badge> : rules.length === 0 && <span class="quiet-text">not used</span>}
        </a>
      ))}
    </nav>
  );
}

function RuleItem({ rule }: { readonly rule: Rule }) {
  return (
    <li>
      <h3>{rule.name}</h3>
      <p>
        {whenOf(rule)}, {rule.to === undefined ? "the lead" : rule.to} gets <b>{rule.template}</b>
        {delayOf(rule.delayMs)}
        {rule.requireConsent && ", with consent only"}.
      </p>
      {rule.when !== null && (
        <p class="quiet-text">
          Only if <code>{rule.when}</code>
        </p>
      )}
      {rule.unless !== null && (
        <p class="quiet-text">
          Not if, when it falls due, <code>{rule.unless}</code>
        </p>
      )}
    </li>
  );
}

const TRIGGERS: Readonly<Record<string, string>> = {
  submission: "When somebody sends something",
  "lead.created": "When a lead is new",
  "lead.updated": "When a lead changes",
  "lead.confirmed": "When somebody confirms their address",
};

function whenOf({ on, sources }: Rule): string {
  const trigger = TRIGGERS[on] ?? `When the event ${on.replace(/^event:/, "")} is counted`;
  return sources === undefined ? trigger : `${trigger} by ${sources.join(" or ")}`;
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

function delayOf(ms: number | undefined): string {
  if (!ms) return " at once";
  const [unit, size] = UNITS.find(([, least]) => ms >= least && ms % least === 0) ?? (["second", 1_000] as const);
  const count = Math.round(ms / size);
  return ` ${count} ${unit}${count === 1 ? "" : "s"} later`;
}
