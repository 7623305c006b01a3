/** An event as `record-events` takes it. */
interface StoryEvent {
  readonly messageId: string;
  readonly sgEventId: string;
  readonly event: string;
  readonly type: string | null;
  readonly reason: string | null;
  readonly attempt: number;
  readonly occurredAt: Date;
}

/** What can happen to a mail, as `event` or `event:type` or `event:reason`, ten events each. */
const FATES: readonly string[] = [
  "processed deferred deferred delivered open open click open click open",
  "processed deferred deferred deferred deferred bounce:blocked deferred bounce:blocked processed deferred",
  "processed bounce:bounce dropped:Bounced_Address dropped:Bounced_Address bounce:bounce deferred processed open open open",
  "dropped:Invalid dropped:Invalid dropped:Spam_Content dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid",
  "dropped:Unsubscribed_Address dropped:Spam_Reporting_Address dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid dropped:Invalid",
  "processed delivered open spamreport click open click open click open",
  "processed delivered unsubscribe open group_unsubscribe group_resubscribe open open open open",
  "processed delivered bounce:bounce delivered open bounce:blocked open open open open",
  "processed deferred processed deferred deferred deferred deferred deferred deferred deferred",
  "processed processed processed delivered delivered delivered open open click click",
];

/** One hundred events of ten mails in the order they happened, a minute apart. */
export function eventStory(messageIds: readonly string[]): StoryEvent[] {
  const start = Date.parse("2026-03-01T12:00:00Z");
  return FATES.flatMap((fate, mail) =>
    fate.split(" ").map((told, step) => {
      const [event = "", detail = null] = told.split(":");
      const words = detail?.replaceAll("_", " ") ?? null;
      return {
        messageId: messageIds[mail]!,
        sgEventId: `${messageIds[mail]}-${step}`,
        event,
        type: event === "bounce" ? words : null,
        reason: event === "dropped" ? words : null,
        attempt: 1,
        occurredAt: new Date(start + step * 60_000),
      };
    }),
  );
}

/** The events out of order, some twice and some under another id, in batches of any size. The same for the same seed. */
export function shuffled<Event extends { readonly sgEventId: string | null }>(
  events: readonly Event[],
  seed: number,
): Event[][] {
  const random = randomFrom(seed);
  const twice = events.flatMap((event) => {
    if (random() < 0.2) return [event, event];
    return random() < 0.1 ? [event, { ...event, sgEventId: `${event.sgEventId}-again` }] : [event];
  });
  const mixed = seed % 7 === 0 ? twice.reverse() : mix(twice, random);
  const batches: Event[][] = [];
  while (mixed.length > 0) batches.push(mixed.splice(0, 1 + Math.floor(random() * 30)));
  return batches;
}

function mix<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** mulberry32, a small generator that is good enough to shuffle with. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
