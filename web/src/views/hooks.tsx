import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, navigate, type Route } from "../router.ts";
import type { Hook } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { Secret } from "../ui/secret.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { type Pages, usePages } from "../use-pages.ts";
import { HookDetail } from "./hook.tsx";
import { NewHook } from "./new-hook.tsx";

/** Addresses of other programs that are told of what happens, and what each was told. */
export function Hooks({ route }: { readonly route: Route }) {
  const { session } = useSurroundings();
  const pages = usePages<Hook>("hooks", (cursor, limit) => api.hooks({ cursor, limit }));
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<string>();
  const chosen = pages.items.find(({ id }) => id === (route.parts[1] ?? pages.items[0]?.id));
  const isEmpty = pages.items.length === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Hooks</h1>
          <p>Other programs that are told of leads and mails, signed and retried.</p>
        </div>
        {session.canChange && (
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" size={16} /> New hook
          </button>
        )}
      </div>
      {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
      {isEmpty && pages.isLoading && (
        <div class="card">
          <Skeleton lines={4} tall />
        </div>
      )}
      {isEmpty && !pages.hasMore && <NoHooks />}
      {!isEmpty && (
        <div class="split wide-right">
          <HookList pages={pages} chosen={chosen} />
          {chosen !== undefined && (
            <HookDetail
              key={chosen.id}
              hook={chosen}
              onDeleted={() => {
                pages.reload();
                navigate("/hooks");
              }}
            />
          )}
        </div>
      )}
      {isMaking && (
        <NewHook
          onClose={() => setMaking(false)}
          onMade={(secret) => {
            setMaking(false);
            setMade(secret);
            pages.reload();
          }}
        />
      )}
      {made !== undefined && (
        <Secret
          {...{
            title: "The hook is made",
            label: "The hook's secret",
            secret: made,
            onClose: () => setMade(undefined),
          }}
          told="With this secret its receiver checks that a call is from Leadgate (Standard Webhooks). Copy it now: it is shown this once."
        />
      )}
    </>
  );
}

interface HookListProps {
  readonly pages: Pages<Hook>;
  readonly chosen: Hook | undefined;
}

function HookList({ pages, chosen }: HookListProps) {
  return (
    <nav class="card flush picks" aria-label="Hooks">
      {pages.items.map((hook) => (
        <a key={hook.id} href={href(`/hooks/${hook.id}`)} aria-current={hook.id === chosen?.id ? "true" : undefined}>
          <span>{new URL(hook.url).host}</span>
          <Status of={hook.disabledAt === null ? "active" : "disabled"} />
        </a>
      ))}
      {pages.hasMore && (
        <button type="button" onClick={pages.more}>
          Show more
        </button>
      )}
    </nav>
  );
}

function NoHooks() {
  return (
    <div class="card">
      <Empty icon="hooks" title="No hooks yet">
        <p>
          A hook posts each new lead to an address of your choice: a CRM, a chat, Zapier or Make. Programs that know
          REST hooks subscribe by themselves.
        </p>
      </Empty>
    </div>
  );
}
