import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, type Route } from "../router.ts";
import type { MessageContent } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Ask } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Empty, Skeleton, ViewFailure } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";
import { useLoad } from "../use-load.ts";
import { useNames } from "../use-names.ts";
import { forgetPages } from "../use-pages.ts";
import { DuplicateRisk } from "./duplicate-risk.tsx";

/** One mail: how it looks, what became of it, and sending it again. */
export function MessageView({ route }: { readonly route: Route }) {
  const id = route.parts[1]!;
  const { live } = useSurroundings();
  const { data, error, reload, set } = useLoad(() => api.message(id), [id, JSON.stringify(live.summary?.messages)]);
  const name = useNames(data === undefined ? [] : [data.leadId]).get(data?.leadId ?? "");
  if (data === undefined)
    return error === undefined ? <Skeleton lines={8} /> : <ViewFailure error={error} retry={reload} />;
  return (
    <>
      <a class="back" href={href("/messages")}>
        <Icon name="back" size={16} /> Messages
      </a>
      <div class="page-head">
        <div>
          <h1>{data.subject ?? `Template ${data.template}`}</h1>
          <p class="row">
            <Status of={data.status} />
            <span>
              about <a href={href(`/leads/${data.leadId}`)}>{name ?? "a lead"}</a>
            </span>
          </p>
        </div>
        <Retry
          message={data}
          onDone={(next) => {
            forgetPages();
            set(next);
          }}
        />
      </div>
      <div class="split wide-right">
        <Facts message={data} />
        <Content message={data} />
      </div>
    </>
  );
}

function Facts({ message }: { readonly message: MessageContent }) {
  return (
    <section class="card" aria-label="Details">
      <dl class="facts">
        <div>
          <dt>Template</dt>
          <dd>{message.template}</dd>
        </div>
        <div>
          <dt>Queued by the rule</dt>
          <dd>{message.rule}</dd>
        </div>
        {message.reason !== null && (
          <div>
            <dt>Why</dt>
            <dd>{message.reason}</dd>
          </div>
        )}
        <div>
          <dt>Queued</dt>
          <dd>
            <Time at={message.createdAt} />
          </dd>
        </div>
        <div>
          <dt>Due</dt>
          <dd>
            <Time at={message.dueAt} />
          </dd>
        </div>
        {message.sentAt !== null && (
          <div>
            <dt>Sent</dt>
            <dd>
              <Time at={message.sentAt} />
            </dd>
          </div>
        )}
        <div>
          <dt>Tries</dt>
          <dd>{message.attempts}</dd>
        </div>
      </dl>
    </section>
  );
}

function Content({ message }: { readonly message: MessageContent }) {
  const [part, setPart] = useState<"html" | "text">("html");
  if (message.html === null) {
    return (
      <div class="card">
        <Empty icon="messages" title="There is nothing to show">
          <p>
            {message.template.startsWith("sendgrid:")
              ? "SendGrid keeps this template and renders it there."
              : "It is rendered when it falls due."}
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <section class="card" aria-labelledby="content">
      <div class="card-head">
        <h2 id="content">Preview</h2>
        <fieldset class="tabs" aria-label="Part shown">
          <button type="button" aria-pressed={part === "html"} onClick={() => setPart("html")}>
            HTML
          </button>
          <button type="button" aria-pressed={part === "text"} onClick={() => setPart("text")}>
            Plain text
          </button>
        </fieldset>
      </div>
      {part === "html" ? (
        <iframe
          class="preview"
          sandbox=""
          title="The mail as it looks"
          src={`/admin/api/messages/${message.id}/preview`}
        />
      ) : (
        <Scrolled class="raw" label="Plain text">
          <pre>{message.text}</pre>
        </Scrolled>
      )}
      <p class="hint">
        Links do nothing here and pictures from elsewhere are not loaded, so that looking tells nobody.
      </p>
    </section>
  );
}

interface RetryProps {
  readonly message: MessageContent;
  readonly onDone: (message: MessageContent) => void;
}

function Retry({ message, onDone }: RetryProps) {
  const { session } = useSurroundings();
  const [isAsking, setAsking] = useState(false);
  const isUncertain = message.status === "uncertain";
  if (!session.canChange || !(isUncertain || message.status === "failed")) return null;
  const retry = async () => {
    onDone(await api.retryMessage(message.id, isUncertain));
    toast("It is queued again.");
    setAsking(false);
  };
  return (
    <>
      <button type="button" class="primary" onClick={() => setAsking(true)}>
        <Icon name="retry" size={16} /> Send again
      </button>
      {isAsking && (
        <Ask
          title="Send this mail again?"
          action={isUncertain ? "Send it, even if twice" : "Send again"}
          isDangerous={isUncertain}
          onConfirm={retry}
          onClose={() => setAsking(false)}
        >
          {isUncertain ? (
            <DuplicateRisk />
          ) : (
            <p>SendGrid refused it before, so nobody has it. Was the cause mended? {message.reason}</p>
          )}
        </Ask>
      )}
    </>
  );
}
