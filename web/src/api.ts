import type * as T from "./types.ts";

/** What the service refused, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: readonly { readonly path: string; readonly message: string }[] = [],
    /** Seconds after which it is worth trying again. */
    readonly retryAfter?: number | undefined,
  ) {
    super(message);
  }
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface Call {
  readonly method?: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

let onSignedOut = () => {};

/** Whom to tell when the session turns out to be over. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

async function call<Body>(path: string, options: Call = {}): Promise<{ body: Body; etag: string | null }> {
  const response = await reach(path, options);
  const text = await response.text();
  if (!response.ok) throw refusal(response, text, path);
  return { body: (text === "" ? undefined : JSON.parse(text)) as Body, etag: response.headers.get("ETag") };
}

async function reach(path: string, { method = "GET", query = {}, body, headers, signal }: Call): Promise<Response> {
  const init = {
    method,
    cache: "no-store" as const,
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  };
  try {
    return await fetch(path + searchOf(query), init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The service can't be reached. Check your connection; it is tried again when you ask.");
  }
}

function refusal(response: Response, text: string, path: string): ApiError {
  if (response.status === 401 && path !== "/admin/session") onSignedOut();
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const wait = Number.isNaN(retryAfter) ? undefined : retryAfter;
  try {
    const { detail, errors } = JSON.parse(text) as { detail: string; errors: { path: string; message: string }[] };
    return new ApiError(response.status, detail, errors, wait);
  } catch {
    return new ApiError(response.status, `The service answered ${response.status}. Try again in a moment.`, [], wait);
  }
}

/** A query string of what is set, with its question mark. */
export function searchOf(query: Query): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

const get = async <Body>(path: string, query?: Query, signal?: AbortSignal) =>
  (await call<Body>(path, { ...(query && { query }), signal })).body;
const send = async <Body>(method: string, path: string, body?: unknown) =>
  (await call<Body>(path, { method, body })).body;
const list =
  <Item>(path: string) =>
  (query: Query, signal?: AbortSignal) =>
    get<T.Page<Item>>(path, query, signal);

/** Part of an address, whatever is in it. */
function part(text: string): string {
  return encodeURIComponent(text);
}

/** Every call the page makes. */
export const api = {
  /** Undefined when nobody is signed in. */
  session: () => get<T.Session | undefined>("/admin/session"),
  signIn: (key: string) => send<T.Session>("POST", "/admin/session", { key }),
  signOut: () => send<void>("DELETE", "/admin/session"),

  instance: () => get<T.Instance>("/admin/api/instance"),
  series: (days: number) => get<T.Series>("/admin/api/overview", { days, offset: -new Date().getTimezoneOffset() }),
  names: async (ids: readonly string[]) =>
    (await get<{ data: T.LeadName[] }>("/admin/api/names", { ids: ids.join(",") })).data,

  leads: list<T.Lead>("/v1/leads"),
  lead: async (id: string) => {
    const { body, etag } = await call<T.Lead>(`/v1/leads/${part(id)}`);
    return { lead: body, etag: etag ?? "*" };
  },
  timeline: (id: string, query: Query) => get<T.Page<T.TimelineEntry>>(`/v1/leads/${part(id)}/timeline`, query),
  patchLead: async (id: string, etag: string, patch: object) => {
    const headers = { "If-Match": etag };
    const answer = await call<T.Lead>(`/v1/leads/${part(id)}`, { method: "PATCH", body: patch, headers });
    return { lead: answer.body, etag: answer.etag ?? "*" };
  },
  eraseLead: (id: string) => send<void>("DELETE", `/v1/leads/${part(id)}`),

  messages: list<T.Message>("/v1/messages"),
  message: (id: string) => get<T.MessageContent>(`/v1/messages/${part(id)}`),
  retryMessage: (id: string, acceptDuplicate: boolean) =>
    send<T.MessageContent>("POST", `/v1/messages/${part(id)}/retry`, { acceptDuplicate }),
  requeue: (status: string, acceptDuplicate: boolean) =>
    send<{ requeued: number }>("POST", "/v1/messages/requeue", { status, acceptDuplicate }),

  quarantine: list<T.Quarantined>("/v1/quarantine"),
  quarantined: (id: string) => get<T.Quarantined>(`/v1/quarantine/${part(id)}`),
  tryMapping: async (id: string, map: Readonly<Record<string, string>>, signal?: AbortSignal) =>
    (await call<T.Trial>(`/admin/api/quarantine/${part(id)}/try`, { method: "POST", body: { map }, signal })).body,
  retryQuarantined: (id: string) => send<T.Accepted>("POST", `/v1/quarantine/${part(id)}/retry`),
  retryMapped: (id: string, map: Readonly<Record<string, string>>) =>
    send<T.Accepted>("POST", `/admin/api/quarantine/${part(id)}/retry`, { map }),

  sources: async () => (await get<{ data: T.Source[] }>("/admin/api/sources")).data,
  testSource: (slug: string, fields: Readonly<Record<string, string>>, followUps: boolean) =>
    send<T.Accepted>("POST", `/admin/api/sources/${part(slug)}/test`, { fields, followUps }),

  rules: async () => (await get<{ data: T.Rule[] }>("/admin/api/rules")).data,
  templates: async () => (await get<{ data: T.Template[] }>("/admin/api/templates")).data,
  template: (name: string) => get<{ subject: string; text: string }>(`/admin/api/templates/${part(name)}`),
  testTemplate: (name: string, to: string) => send<T.TestSent>("POST", `/v1/templates/${part(name)}/test`, { to }),

  keys: list<T.Key>("/v1/keys"),
  createKey: (name: string, scopes: readonly string[]) =>
    send<T.Key & { key: string }>("POST", "/v1/keys", { name, scopes }),
  revokeKey: (id: string) => send<void>("DELETE", `/v1/keys/${part(id)}`),

  hooks: list<T.Hook>("/v1/hooks"),
  createHook: (url: string, events: readonly string[]) =>
    send<T.Hook & { secret: string }>("POST", "/v1/hooks", { url, events }),
  deleteHook: (id: string) => send<void>("DELETE", `/v1/hooks/${part(id)}`),
  testHook: (id: string) => send<T.Delivery>("POST", `/v1/hooks/${part(id)}/test`),
  deliveries: (id: string, query: Query) => get<T.Page<T.Delivery>>(`/v1/hooks/${part(id)}/deliveries`, query),
};
