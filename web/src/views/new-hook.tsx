import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { Ask } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";

const EVENTS = [
  ["lead.created", "A lead is new"],
  ["lead.updated", "A lead changes"],
  ["message.sent", "A mail was sent"],
] as const;

/** Asks where a new hook leads and what it is told; tells its secret. */
export function NewHook({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (secret: string) => void;
}) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<readonly string[]>(["lead.created"]);
  const toggle = (name: string) =>
    setEvents(events.includes(name) ? events.filter((one) => one !== name) : [...events, name]);
  const make = async () => onMade((await api.createHook(url.trim(), events)).secret);
  const isReady = url.trim() !== "" && events.length > 0;
  return (
    <Ask title="New hook" action="Make hook" isReady={isReady} onConfirm={make} onClose={onClose}>
      <Field label="Address that is called" hint="Public and best by https. It must answer with 2xx.">
        {(control) => (
          <input
            {...control}
            type="url"
            value={url}
            placeholder="https://hooks.example.com/leads"
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        )}
      </Field>
      <fieldset>
        <legend>When it is called</legend>
        {EVENTS.map(([name, told]) => (
          <label key={name} class="check">
            <input type="checkbox" checked={events.includes(name)} onChange={() => toggle(name)} />
            <span>
              <b>{told}</b> ({name})
            </span>
          </label>
        ))}
      </fieldset>
    </Ask>
  );
}
