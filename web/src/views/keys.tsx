import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import type { Route } from "../router.ts";
import type { Key } from "../types.ts";
import { Badge } from "../ui/badge.tsx";
import { Ask } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Secret } from "../ui/secret.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";
import { usePages } from "../use-pages.ts";

const SCOPES = [
  ["ingest", "Send leads in", "For websites, webhooks and own code. It can't read anything."],
  ["read", "Read", "Sees leads and mails, here too, and changes nothing."],
  ["admin", "Everything", "Reads, changes, erases, and makes keys."],
] as const;

/** API keys: what each may do, when it was last used, and revoking it. */
export function Keys(_props: { readonly route: Route }) {
  const { session } = useSurroundings();
  const pages = usePages<Key>("keys", (cursor, limit) => api.keys({ cursor, limit }));
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<string>();
  const [revoking, setRevoking] = useState<Key>();
  const isEmpty = pages.items.length === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Keys</h1>
          <p>Each program and person gets a key of their own, so that one can be revoked alone.</p>
        </div>
        {session.canChange && (
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" size={16} /> New key
          </button>
        )}
      </div>
      <div class="card flush">
        {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
        {isEmpty && pages.isLoading && (
          <div class="inset">
            <Skeleton lines={4} tall />
          </div>
        )}
        {isEmpty && !pages.hasMore && (
          <Empty icon="keys" title="No keys beside the administrator's">
            <p>Make one with the scope ingest for your website or Zapier, and one with read for whoever looks.</p>
          </Empty>
        )}
        {!isEmpty && <KeyTable keys={pages.items} onRevoke={session.canChange ? setRevoking : undefined} />}
        {pages.hasMore && !isEmpty && (
          <p class="table-foot">
            <button type="button" onClick={pages.more} disabled={pages.isLoading}>
              Show more
            </button>
          </p>
        )}
      </div>
      {isMaking && (
        <NewKey
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
            pages.reload();
          }}
        />
      )}
      {made !== undefined && (
        <Secret
          {...{ title: "Here is the key", label: "The new key", secret: made, onClose: () => setMade(undefined) }}
          told="Copy it now: it is shown this once and can't be read again."
        />
      )}
      {revoking !== undefined && <Revoke of={revoking} onClose={() => setRevoking(undefined)} onDone={pages.reload} />}
    </>
  );
}

interface KeyTableProps {
  readonly keys: readonly Key[];
  readonly onRevoke: ((key: Key) => void) | undefined;
}

function KeyTable({ keys, onRevoke }: KeyTableProps) {
  return (
    <Scrolled class="scroll-x" label="Keys">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Key</th>
            <th scope="col">May</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span class="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} of={key} onRevoke={onRevoke} />
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

function KeyRow({ of: key, onRevoke }: Pick<KeyTableProps, "onRevoke"> & { readonly of: Key }) {
  return (
    <tr>
      <td>
        <b>{key.name}</b>
      </td>
      <td>
        <code>
          {key.prefix}…{key.lastFour}
        </code>
      </td>
      <td>{key.scopes.join(", ")}</td>
      <td>
        <Time at={key.createdAt} />
      </td>
      <td>{key.lastUsedAt === null ? <span class="quiet-text">never</span> : <Time at={key.lastUsedAt} relative />}</td>
      <td class="end">
        {key.revokedAt !== null ? (
          <Badge tone="bad">revoked</Badge>
        ) : (
          onRevoke && (
            <button type="button" class="danger-text" onClick={() => onRevoke(key)}>
              Revoke<span class="hidden"> {key.name}</span>
            </button>
          )
        )}
      </td>
    </tr>
  );
}

function NewKey({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (key: string) => void }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<string>("ingest");
  const make = async () => onMade((await api.createKey(name, [scope])).key);
  return (
    <Ask title="New key" action="Make key" isReady={name.trim() !== ""} onConfirm={make} onClose={onClose}>
      <Field label="Who uses it" hint="For example: website, Zapier, Nora.">
        {(control) => (
          <input {...control} value={name} maxLength={100} onInput={(event) => setName(event.currentTarget.value)} />
        )}
      </Field>
      <fieldset>
        <legend>What it may do</legend>
        {SCOPES.map(([value, title, told]) => (
          <label key={value} class="check">
            <input type="radio" name="scope" checked={scope === value} onChange={() => setScope(value)} />
            <span>
              <b>{title}</b> ({value})<br />
              {told}
            </span>
          </label>
        ))}
      </fieldset>
    </Ask>
  );
}

interface RevokeProps {
  readonly of: Key;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Revoke({ of: key, onClose, onDone }: RevokeProps) {
  const revoke = async () => {
    await api.revokeKey(key.id);
    toast(`The key ${key.name} is revoked.`);
    onClose();
    onDone();
  };
  return (
    <Ask title={`Revoke ${key.name}?`} action="Revoke" isDangerous onConfirm={revoke} onClose={onClose}>
      <p>
        Whatever uses <code>{`${key.prefix}…${key.lastFour}`}</code> is refused from now on, and whoever signed in with
        it is signed out. It can't be undone.
      </p>
    </Ask>
  );
}
