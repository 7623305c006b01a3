import type { RequestHandler } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { LeadgateError } from "../base/errors.ts";
import type { Configuration } from "../flow/configuration.ts";
import type { ReadGauges } from "../flow/gauges.ts";
import { MESSAGE_STATUSES } from "../lead/message-states.ts";
import { type CountIntake, type IntakeAnswer, Quarantined } from "./intake.ts";

export interface Metrics {
  /** Counts what came of one submission or event. */
  readonly countIntake: CountIntake;
  /** Measures every request. */
  readonly measure: RequestHandler;
  /** Everything, in the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Makes the metrics of this process. No label takes a value that a stranger chooses: sources are named only where the
 * configuration names them, routes by their pattern.
 */
export function createMetrics(deps: { gauges: ReadGauges; configuration: () => Configuration }): Metrics {
  const registry = new Registry();
  // CPU, memory, garbage collection, and the lag of the event loop.
  collectDefaultMetrics({ register: registry, prefix: "leadgate_" });
  const refresh = createRefresh(registry, deps.gauges);
  return {
    countIntake: createCountIntake(registry, deps.configuration),
    measure: createMeasure(registry),
    async render() {
      await refresh();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createCountIntake(registry: Registry, configuration: () => Configuration): CountIntake {
  const registers = [registry];
  const intake = new Counter({
    ...{ name: "leadgate_intake_total", help: "Submissions and events, by what came of them.", registers },
    labelNames: ["channel", "source", "outcome"],
  });
  const replays = new Counter({
    ...{ name: "leadgate_intake_replays_total", help: "Submissions and events that were answered before.", registers },
    labelNames: ["channel"],
  });
  for (const channel of ["form", "webhook", "api", "event"]) replays.inc({ channel }, 0);
  return ({ channel, source }, result) => {
    const known = channel === "api" || channel === "event" || configuration().sources?.has(source);
    intake.inc({ channel, source: known ? source : "unnamed", outcome: outcomeOf(result) });
    if (!(result instanceof LeadgateError) && result.replayed) replays.inc({ channel });
  };
}

function outcomeOf(result: IntakeAnswer | LeadgateError): string {
  if (result instanceof Quarantined) return "quarantined";
  if (result instanceof LeadgateError) return result.kind === "unavailable" ? "unavailable" : "refused";
  if (result.replayed) return "replayed";
  return result.aside ?? result.outcome;
}

function createMeasure(registry: Registry): RequestHandler {
  const durations = new Histogram({
    name: "leadgate_http_request_duration_seconds",
    help: "How long requests took, by route.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  // Finding a series by its labels takes the library as long as all else it does; there are as many as kinds of answers.
  const series = new Map<string, Histogram.Internal<"method" | "route" | "status">>();
  const seriesOf = (method: string, route: string, status: number) => {
    const name = `${method} ${route} ${status}`;
    const known = series.get(name) ?? durations.labels({ method, route, status });
    series.set(name, known);
    return known;
  };
  return (request, response, next) => {
    const begunMs = performance.now();
    response.once("close", () => {
      const path: unknown = request.route?.path;
      const route = typeof path === "string" ? path : "unmatched";
      seriesOf(request.method, route, response.statusCode).observe((performance.now() - begunMs) / 1_000);
    });
    next();
  };
}

/** What is read anew for each scrape. With the database away its values are left out, and `leadgate_database_up` is 0. */
function createRefresh(registry: Registry, gauges: ReadGauges): () => Promise<void> {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `leadgate_${name}`, help, labelNames, registers: [registry] });
  const up = gauge("database_up", "Whether the database answers.");
  const messages = gauge("messages", "Follow-ups, by status.", ["status"]);
  const mailDue = gauge("mail_oldest_due_seconds", "How long the follow-up that is due longest has waited.");
  const hooks = gauge("hook_deliveries_pending", "Deliveries to hooks that are not yet made.");
  const hooksDue = gauge("hook_oldest_due_seconds", "How long the delivery to a hook that is due longest has waited.");
  const pool = gauge("database_pool_connections", "Connections to PostgreSQL, and callers that wait for one.", [
    "state",
  ]);
  const spooled = gauge("spool_records", "Submissions that wait in the spool for the database.");
  const spoolBytes = gauge("spool_bytes", "Size of the spool.");
  const spoolOldest = gauge("spool_oldest_seconds", "How long the submission has waited that waits longest.");
  const spoolDamaged = gauge("spool_damaged", "Parts of the spool that were kept aside for somebody to look at.");
  return async () => {
    const spool = gauges.spool();
    spooled.set(spool.records);
    spoolBytes.set(spool.bytes);
    spoolOldest.set(spool.oldestSeconds);
    spoolDamaged.set(spool.damaged);
    for (const one of [messages, mailDue, hooks, hooksDue, pool]) one.reset();
    for (const [state, count] of Object.entries(gauges.pool() ?? {})) pool.set({ state }, count);
    try {
      const read = await gauges.database();
      up.set(1);
      for (const status of MESSAGE_STATUSES) messages.set({ status }, read.messages[status] ?? 0);
      mailDue.set(read.mailDueForSeconds);
      hooks.set(read.hooksPending);
      hooksDue.set(read.hooksDueForSeconds);
    } catch (error) {
      if (!(error instanceof LeadgateError)) throw error;
      up.set(0);
    }
  };
}
