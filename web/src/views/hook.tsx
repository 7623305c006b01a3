import { useEffect, useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import type { Delivery, Hook } from "../types.ts";
import { Status } from "../ui/badge.tsx";
import { Ask } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";
import { useLoad } from "../use-load.ts";

const SHOWN = 50;
/** How often deliveries under way are looked at again. */
const LOOK_MS = 2_000;

/** One hook and the newest of what it was told. */
export function HookDetail({ hook, onDeleted }: { readonly hook: Hook; readonly onDeleted: () => void }) {
  const { session } = useSurroundings();
  const deliveries = useLoad(() => api.deliveries(hook.id, { limit: SHOWN }), [hook.id]);
  const [isAsking, setAsking] = useState(false);
  const rows = deliveries.data?.data ?? [];
  useLookAgain(rows, deliveries.reload);
  const test = async () => {
    try {
      await api.testHook(hook.id);
      toast("A test call is on its way.");
      deliveries.reload();
    } catch (error) {
      toast(messageOf(error), { isBad: true });
    }
  };
  const remove = async () => {
    await api.deleteHook(hook.id);
    toast("The hook is deleted.");
    onDeleted();
  };
  return (
    <section class="card" aria-labelledby="hook">
      <div class="card-head">
        <h2 id="hook">{hook.url}</h2>
        {session.canChange && (
          <div class="row">
            <button type="button" onClick={test} disabled={hook.disabledAt !== null}>
              Send a test
            </button>
            <button type="button" class="danger-text" onClick={() => setAsking(true)}>
              Delete
            </button>
          </div>
        )}
      </div>
      <p class="quiet-text">
        Told of {hook.events.join(", ")}. Made <Time at={hook.createdAt} />.
      </p>
      {hook.disabledAt !== null && (
        <p class="notice bad">
          <Icon name="alert" />
          <span>
            Disabled <Time at={hook.disabledAt} />: {hook.disabledReason}. Delete it and make it anew.
          </span>
        </p>
      )}
      {deliveries.error !== undefined && <Failure error={deliveries.error} retry={deliveries.reload} />}
      {deliveries.data === undefined && deliveries.isLoading && <Skeleton lines={4} />}
      {deliveries.data !== undefined && rows.length === 0 && (
        <Empty icon="clock" title="It was told nothing yet">
          <p>Send a test to see whether its receiver answers.</p>
        </Empty>
      )}
      {rows.length > 0 && <Deliveries rows={rows} />}
      {isAsking && (
        <Ask title="Delete this hook?" action="Delete" isDangerous onConfirm={remove} onClose={() => setAsking(false)}>
          <p>Its receiver is told nothing more, what waits included, and the list of what it was told goes.</p>
        </Ask>
      )}
    </section>
  );
}

/** Looks again for as long as something is on its way soon. */
function useLookAgain(rows: readonly Delivery[], look: () => void): void {
  const isBusy = rows.some(({ status, attempts }) => status === "pending" && attempts < 2);
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [isBusy, look]);
}

function Deliveries({ rows }: { readonly rows: readonly Delivery[] }) {
  return (
    <Scrolled class="scroll-x" label="Deliveries">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Status</th>
            <th scope="col">Answer</th>
            <th scope="col">Tries</th>
            <th scope="col">When</th>
            <th scope="col">Next try</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>{row.event}</td>
              <td>
                <Status of={row.status} />
              </td>
              <td>{row.responseStatus ?? row.reason ?? "–"}</td>
              <td>{row.attempts}</td>
              <td>
                <Time at={row.createdAt} />
              </td>
              <td>{row.nextAttemptAt === null ? "–" : <Time at={row.nextAttemptAt} relative />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
