import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { api } from "../api.ts";
import { type Place, placesIn } from "../places.ts";
import type { Json, Quarantined, Trial } from "../types.ts";
import { Copy } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { messageOf } from "../ui/states.tsx";

export type Mapping = Readonly<Record<string, string>>;

const FIELDS = [
  ["email", "E-mail"],
  ["fullName", "Full name"],
  ["firstName", "First name"],
  ["lastName", "Last name"],
  ["phone", "Phone"],
  ["company", "Company"],
  ["message", "Message"],
  ["jobTitle", "Job title"],
  ["website", "Website"],
  ["country", "Country"],
  ["consent", "Consent"],
] as const;
/** Of these every form has some; the others are shown when they are wanted. */
const FIRST = 4;
const TYPING_MS = 250;

/** What a mapping reads, asked of the service as it is typed. Undefined until the first answer. */
export function useTrial(id: string, map: Mapping): Trial | undefined {
  const [trial, setTrial] = useState<Trial>();
  const key = JSON.stringify(map);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.tryMapping(id, JSON.parse(key), abort.signal).then(setTrial, (error) => {
        if (!abort.signal.aborted) setTrial({ ok: false, reason: messageOf(error), lines: "" });
      });
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, key]);
  return trial;
}

interface MappingEditorProps {
  readonly entry: Quarantined;
  readonly map: Mapping;
  readonly onChange: (map: Mapping) => void;
  readonly trial: Trial | undefined;
  readonly children: ComponentChildren;
}

/** Says where in a payload the fields are, and shows at once what is read. */
export function MappingEditor({ entry, map, onChange, trial, children }: MappingEditorProps) {
  const [isAll, setAll] = useState(false);
  const id = useId();
  const places = placesIn(entry.payload);
  const change = (field: string, path: string) => {
    const { [field]: _before, ...rest } = map;
    onChange(path.trim() === "" ? rest : { ...rest, [field]: path.trim() });
  };
  const shown = FIELDS.filter(([name], index) => isAll || index < FIRST || name in map);
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <div class="stack">
        <div>
          <h2 id={`${id}-title`}>Where it is</h2>
          <p class="quiet-text">Choose the place of each field, or type it. What is left out is found as usual.</p>
        </div>
        <datalist id={`${id}-places`}>
          {places.map(({ path, value }) => (
            <option key={path} value={path}>
              {value.slice(0, 60)}
            </option>
          ))}
        </datalist>
        {shown.map(([name, title]) => (
          <div key={name} class="map-row">
            <label for={`${id}-${name}`}>{title}</label>
            <input
              id={`${id}-${name}`}
              list={`${id}-places`}
              value={map[name] ?? ""}
              placeholder="found as usual"
              autoComplete="off"
              spellcheck={false}
              onInput={(event) => change(name, event.currentTarget.value)}
            />
          </div>
        ))}
        {!isAll && (
          <div>
            <button type="button" onClick={() => setAll(true)}>
              More fields
            </button>
          </div>
        )}
        <Result trial={trial} />
        {trial?.ok === false && (
          <Suggestions places={places} taken={map.email} onPick={(path) => change("email", path)} />
        )}
        {children}
        {trial?.ok && trial.lines !== "" && <Lasting source={entry.source} lines={trial.lines} />}
      </div>
    </section>
  );
}

function Result({ trial }: { readonly trial: Trial | undefined }) {
  return (
    <div aria-live="polite">
      {trial === undefined && <p class="quiet-text">Reading…</p>}
      {trial?.ok === false && (
        <p class="notice warn">
          <Icon name="alert" />
          <span>Not yet: {trial.reason}</span>
        </p>
      )}
      {trial?.ok && (
        <div class="notice good">
          <Icon name="check" />
          <div>
            <b>This lead is read from it</b>
            <dl class="read">
              {readable(trial.lead).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
      )}
    </div>
  );
}

const SUGGESTED = 4;

interface SuggestionsProps {
  readonly places: readonly Place[];
  readonly taken: string | undefined;
  readonly onPick: (path: string) => void;
}

/** Values that look like addresses, to be chosen with a click. */
function Suggestions({ places, taken, onPick }: SuggestionsProps) {
  const likely = places.filter(({ path, value }) => /\S@\S/.test(value) && path !== taken).slice(0, SUGGESTED);
  if (likely.length === 0) return null;
  return (
    <div class="row">
      <span>Is this the address?</span>
      {likely.map(({ path, value }) => (
        <button type="button" key={path} class="pick" title={path} onClick={() => onPick(path)}>
          {value.slice(0, 60)}
        </button>
      ))}
    </div>
  );
}

function Lasting({ source, lines }: { readonly source: string; readonly lines: string }) {
  return (
    <details>
      <summary>Have it read so from now on</summary>
      <p class="hint">
        Put these lines into the configuration file, under what is there of {source}, and send the process SIGHUP.
      </p>
      <Copy text={lines} label="Lines of the configuration file" />
    </details>
  );
}

function readable(lead: Readonly<Record<string, Json>>): [string, string][] {
  const { utm, attributes, emailAsGiven: _given, ...fields } = lead;
  const others = Object.keys({ ...(utm as object), ...(attributes as object) });
  const titles: Readonly<Record<string, string>> = Object.fromEntries(FIELDS);
  const told = Object.entries(fields).map(([name, value]): [string, string] => [titles[name] ?? name, String(value)]);
  return others.length === 0 ? told : [...told, ["Also kept", others.join(", ")]];
}
