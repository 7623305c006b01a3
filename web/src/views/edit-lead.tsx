import { useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import type { Lead } from "../types.ts";
import { Ask } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";

const FIELDS = [
  ["firstName", "First name"],
  ["lastName", "Last name"],
  ["email", "E-mail"],
  ["phone", "Phone"],
  ["company", "Company"],
  ["jobTitle", "Job title"],
  ["website", "Website"],
  ["country", "Country"],
  ["message", "Message"],
] as const;
type FieldName = (typeof FIELDS)[number][0];

const CONSENTS = { "": null, yes: true, no: false } as const;
type Consent = keyof typeof CONSENTS;

interface EditLeadProps {
  readonly lead: Lead;
  readonly onSave: (changes: object) => Promise<void>;
  readonly onClose: () => void;
}

/** Changes what is known of a person. Only what was changed is sent. */
export function EditLead({ lead, onSave, onClose }: EditLeadProps) {
  const [values, setValues] = useState(() => valuesOf(lead));
  const [consent, setConsent] = useState<Consent>(lead.consent === null ? "" : lead.consent ? "yes" : "no");
  const [faults, setFaults] = useState<ApiError["faults"]>([]);
  const save = async () => {
    setFaults([]);
    try {
      await onSave(changesOf(lead, values, CONSENTS[consent]));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFaults(error.faults);
      const isStale = error.status === 412;
      throw isStale
        ? new ApiError(412, "Somebody changed this lead meanwhile. It is read anew: save again to write over it.")
        : error;
    }
  };
  return (
    <Ask title="Edit lead" action="Save" onConfirm={save} onClose={onClose} wide>
      <div class="grid-2">
        {FIELDS.map(([name, title]) => (
          <Field key={name} label={title} fault={faults.find(({ path }) => path === name)?.message}>
            {(control) => {
              const common = {
                ...control,
                value: values[name],
                onInput: (event: { currentTarget: { value: string } }) =>
                  setValues({ ...values, [name]: event.currentTarget.value }),
              };
              return name === "message" ? <textarea {...common} rows={3} /> : <input {...common} autoComplete="off" />;
            }}
          </Field>
        ))}
        <Field label="Consent to be written to">
          {(control) => (
            <select {...control} value={consent} onChange={(event) => setConsent(event.currentTarget.value as Consent)}>
              <option value="">Not known</option>
              <option value="yes">Given</option>
              <option value="no">Refused</option>
            </select>
          )}
        </Field>
      </div>
    </Ask>
  );
}

function valuesOf(lead: Lead): Record<FieldName, string> {
  const entries = FIELDS.map(([name]) => [name, (name === "email" ? lead.emailAsGiven : lead[name]) ?? ""]);
  return Object.fromEntries(entries) as Record<FieldName, string>;
}

function changesOf(lead: Lead, values: Record<FieldName, string>, consent: boolean | null): object {
  const before = valuesOf(lead);
  const changed = FIELDS.filter(([name]) => values[name] !== before[name]);
  const fields = changed.map(([name]) => [name, values[name].trim() === "" ? null : values[name]]);
  return { ...Object.fromEntries(fields), ...(consent !== lead.consent && { consent }) };
}
