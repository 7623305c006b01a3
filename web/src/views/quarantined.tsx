import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, type Route } from "../router.ts";
import type { Accepted, Quarantined, Source } from "../types.ts";
import { Badge } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Failure, Skeleton, ViewFailure } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { useAction } from "../use-action.ts";
import { useLoad } from "../use-load.ts";
import { forgetPages } from "../use-pages.ts";
import { type Mapping, MappingEditor, useTrial } from "./mapping-editor.tsx";
import { RetryAll } from "./retry-all.tsx";

/** One request that was held back: what was sent, where its address is, and taking it in. */
export function QuarantinedView({ route }: { readonly route: Route }) {
  const id = route.parts[1]!;
  const loaded = useLoad(async () => {
    const [entry, sources] = await Promise.all([api.quarantined(id), api.sources()]);
    return { entry, source: sources.find(({ slug }) => slug === entry.source) };
  }, [id]);
  if (loaded.data === undefined) {
    return loaded.error === undefined ? (
      <Skeleton lines={8} />
    ) : (
      <ViewFailure error={loaded.error} retry={loaded.reload} />
    );
  }
  const { entry } = loaded.data;
  return (
    <>
      <a class="back" href={href("/quarantine")}>
        <Icon name="back" size={16} /> Quarantine
      </a>
      <div class="page-head">
        <div>
          <h1>Held back from {entry.source}</h1>
          <p class="row">
            {entry.retriedAt === null ? <Badge tone="warn">waits</Badge> : <Badge tone="good">taken in</Badge>}
            <span>
              received <Time at={entry.receivedAt} />
              {entry.sightings > 1 && `, sent ${entry.sightings} times`}
            </span>
          </p>
        </div>
      </div>
      <Mend {...loaded.data} onTaken={loaded.reload} />
    </>
  );
}

interface MendProps {
  readonly entry: Quarantined;
  readonly source: Source | undefined;
  readonly onTaken: () => void;
}

function Mend({ entry, source, onTaken }: MendProps) {
  const { session } = useSurroundings();
  const [map, setMap] = useState<Mapping>(source?.map ?? {});
  const [taken, setTaken] = useState<Accepted>();
  const [isAll, setAll] = useState(false);
  const trial = useTrial(entry.id, map);
  const { isBusy, error, run } = useAction(async () => {
    setTaken(await api.retryMapped(entry.id, map));
    forgetPages();
    onTaken();
  });
  return (
    <div class="stack">
      {taken !== undefined && <Taken answer={taken} />}
      <p class="notice warn">
        <Icon name="quarantine" />
        <span>{entry.reason}</span>
      </p>
      <div class="split">
        <Sent entry={entry} />
        <MappingEditor entry={entry} map={map} onChange={setMap} trial={trial}>
          {session.canChange && (
            <div class="row">
              <button
                type="button"
                class="primary"
                disabled={isBusy || !trial?.ok || entry.retriedAt !== null}
                onClick={run}
              >
                {isBusy ? "One moment…" : "Take it in"}
              </button>
              <button type="button" disabled={!trial?.ok} onClick={() => setAll(true)}>
                Take in all of {entry.source}…
              </button>
            </div>
          )}
          {error !== undefined && <Failure error={error} />}
        </MappingEditor>
      </div>
      {isAll && (
        <RetryAll
          source={entry.source}
          map={map}
          onClose={() => {
            setAll(false);
            forgetPages();
            onTaken();
          }}
        />
      )}
    </div>
  );
}

function Sent({ entry }: { readonly entry: Quarantined }) {
  return (
    <section class="card" aria-labelledby="sent">
      <h2 id="sent">What was sent</h2>
      <p class="quiet-text">
        {entry.contentType === "" ? "without a content type" : entry.contentType}, to /
        {entry.channel === "form" ? "forms" : "webhooks"}/{entry.source}
      </p>
      <Scrolled class="raw" label="As it was sent">
        <pre>{JSON.stringify(entry.payload, null, 2)}</pre>
      </Scrolled>
    </section>
  );
}

function Taken({ answer }: { readonly answer: Accepted }) {
  return (
    <p class="notice good" role="status">
      <Icon name="check" />
      <span>
        It is a lead now:{" "}
        {answer.id === null ? answer.email : <a href={href(`/leads/${answer.id}`)}>{answer.email ?? "look at it"}</a>}.
      </span>
    </p>
  );
}
