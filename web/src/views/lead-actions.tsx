import { useState } from "preact/hooks";
import { ApiError, api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { nameOf } from "../lead-name.ts";
import { LEAD_STATUSES, type Lead } from "../types.ts";
import { Choice } from "../ui/choice.tsx";
import { Ask } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { messageOf } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { EditLead } from "./edit-lead.tsx";

export interface LeadActionsProps {
  readonly lead: Lead;
  readonly etag: string;
  readonly onChanged: (next: { lead: Lead; etag: string }) => void;
  /** Somebody else has changed the lead. */
  readonly onStale: () => void;
  readonly onErased: () => void;
}

type Asking = "edit" | "suppress" | "erase" | undefined;

/** What can be done to a lead. Whoever may only read sees none of it. */
export function LeadActions(props: LeadActionsProps) {
  const { lead, etag, onChanged, onStale, onErased } = props;
  const { session } = useSurroundings();
  const [asking, setAsking] = useState<Asking>();
  if (!session.canChange) return null;
  const close = () => setAsking(undefined);
  const patch = async (changes: object, done: string) => {
    try {
      onChanged(await api.patchLead(lead.id, etag, changes));
      toast(done);
      close();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) onStale();
      throw error;
    }
  };
  const setStatus = (status: string) => {
    patch({ status }, `${nameOf(lead)} is ${status}.`).catch((error) => toast(messageOf(error), { isBad: true }));
  };
  return (
    <div class="row">
      <Choice label="Status" value={lead.status} onChange={setStatus}>
        {LEAD_STATUSES.map((status) => (
          <option key={status}>{status}</option>
        ))}
      </Choice>
      <button type="button" onClick={() => setAsking("edit")}>
        <Icon name="edit" size={16} /> Edit
      </button>
      <button type="button" onClick={() => setAsking("suppress")}>
        {lead.suppressed ? "Allow mail" : "Send no mail"}
      </button>
      <button type="button" class="danger-text" onClick={() => setAsking("erase")}>
        Erase
      </button>
      {asking === "edit" && <EditLead lead={lead} onSave={(changes) => patch(changes, "Saved.")} onClose={close} />}
      {asking === "suppress" && (
        <Suppress lead={lead} onConfirm={(suppressed) => patch({ suppressed }, told(suppressed))} onClose={close} />
      )}
      {asking === "erase" && <Erase lead={lead} onErased={onErased} onClose={close} />}
    </div>
  );
}

function told(suppressed: boolean): string {
  return suppressed ? "This person gets no more mail." : "This person can get mail again.";
}

interface SuppressProps {
  readonly lead: Lead;
  readonly onConfirm: (suppressed: boolean) => Promise<void>;
  readonly onClose: () => void;
}

function Suppress({ lead, onConfirm, onClose }: SuppressProps) {
  const lifts = lead.suppressed;
  return (
    <Ask
      title={lifts ? "Allow mail to this person?" : "Send this person no mail?"}
      action={lifts ? "Allow mail" : "Send no mail"}
      onConfirm={() => onConfirm(!lifts)}
      onClose={onClose}
    >
      {lifts ? (
        <p>
          <b>{lead.email}</b> unsubscribed, complained, or bounced. Mail them again only if they asked you to: anything
          else harms your standing as a sender, and in many countries is against the law.
        </p>
      ) : (
        <p>
          <b>{lead.email}</b> gets no follow-up from now on, whatever they fill in. What is queued is not sent. Mail to
          your team about them still goes.
        </p>
      )}
    </Ask>
  );
}

interface EraseProps {
  readonly lead: Lead;
  readonly onErased: () => void;
  readonly onClose: () => void;
}

function Erase({ lead, onErased, onClose }: EraseProps) {
  const [typed, setTyped] = useState("");
  const erase = async () => {
    await api.eraseLead(lead.id);
    toast("The person is erased.");
    onErased();
  };
  return (
    <Ask
      title="Erase this person for good?"
      action="Erase"
      isDangerous
      isReady={typed.trim().toLowerCase() === lead.email.toLowerCase()}
      onConfirm={erase}
      onClose={onClose}
    >
      <p>
        Everything about <b>{lead.email}</b> goes: fields, submissions, events, mails, this timeline. Unsent mail is
        cancelled. It can't be undone. What stays is a keyed hash, so that sending the same again makes no new lead.
      </p>
      <Field label={`Type ${lead.email} to erase it`}>
        {(control) => (
          <input
            {...control}
            value={typed}
            autoComplete="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
    </Ask>
  );
}
