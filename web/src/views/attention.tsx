import type { ComponentChildren } from "preact";
import { useSurroundings } from "../context.ts";
import { href } from "../router.ts";
import type { Summary } from "../types.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { lasted, Time } from "../ui/time.tsx";

interface Matter {
  readonly icon: IconName;
  readonly tone: "bad" | "warn";
  readonly title: string;
  readonly told: ComponentChildren;
  readonly path: string;
  readonly action: string;
}

/** Mail that has been due for longer than this is not just taking its turn. */
const LATE_MS = 10 * 60_000;

/** What needs a person, with the way to it. */
export function Attention({ summary }: { readonly summary: Summary }) {
  const { instance } = useSurroundings();
  const matters = mattersOf(summary);
  const isPreview = instance?.mailMode === "preview" || instance?.mailMode === "shadow";
  return (
    <>
      {matters.length > 0 && (
        <section class="card flush" aria-labelledby="attention">
          <h2 id="attention" class="inset-title">
            Needs a person
          </h2>
          <ul class="matters">
            {matters.map(({ icon, tone, title, told, path, action }) => (
              <li key={title} class={tone}>
                <Icon name={icon} />
                <div>
                  <b>{title}</b>
                  <p>{told}</p>
                </div>
                <a class="button" href={href(path)}>
                  {action}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {isPreview && (
        <p class="notice">
          <Icon name="pause" />
          <span>
            {instance?.mailMode === "preview"
              ? "Preview mode: every mail is written and kept, none is sent. Set MAIL_MODE=live to send."
              : "Shadow mode: it is only noted who would get which mail. Set MAIL_MODE=live to send."}
          </span>
        </p>
      )}
    </>
  );
}

function mattersOf(summary: Summary): Matter[] {
  const { pause, messages, quarantined, mailDueSince } = summary;
  const { uncertain = 0, failed = 0 } = messages;
  const matters: Matter[] = [];
  if (pause !== null) {
    matters.push({
      ...{ icon: "pause", tone: "bad", title: "Sending is paused" },
      told: (
        <>
          {pause.reason}. Mail stays queued; check SENDGRID_API_KEY and the account. The next try is after{" "}
          <Time at={pause.probeAt} />.
        </>
      ),
      ...{ path: "/messages?status=queued", action: "See what waits" },
    });
  }
  if (uncertain > 0) {
    matters.push({
      ...{ icon: "alert", tone: "warn", title: `${mails(uncertain)} may have been sent, or not` },
      told: "The connection broke at the wrong moment. Nothing is sent twice without your word.",
      ...{ path: "/messages?status=uncertain", action: "Settle them" },
    });
  }
  if (failed > 0) {
    matters.push({
      ...{ icon: "close", tone: "bad", title: `${mails(failed)} could not be sent` },
      told: `SendGrid refused ${failed === 1 ? "it" : "them"}. Mend the cause, then send again.`,
      ...{ path: "/messages?status=failed", action: "See why" },
    });
  }
  if (quarantined > 0) {
    matters.push({
      ...{ icon: "quarantine", tone: "warn" },
      title: `${quarantined} ${quarantined === 1 ? "request has" : "requests have"} no usable address`,
      told: "They are kept whole. Say where the address is, and they become leads.",
      ...{ path: "/quarantine", action: "Mend the mapping" },
    });
  }
  if (pause === null && mailDueSince !== null && Date.now() - Date.parse(mailDueSince) > LATE_MS) {
    matters.push({
      ...{ icon: "clock", tone: "warn", title: `Mail has been due for ${lasted(mailDueSince)}` },
      told: "Either mails caused by forms have reached their limit, or no worker is running.",
      ...{ path: "/messages?status=queued", action: "See what waits" },
    });
  }
  return matters;
}

function mails(count: number): string {
  return count === 1 ? "1 mail" : `${count.toLocaleString()} mails`;
}
