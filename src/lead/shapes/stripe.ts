import type { JsonObject, RecognisedEvent } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { dig, epoch, idText, isObject, omit, own, text } from "./read.ts";
import type { Shape } from "./shape.ts";

const COMPLETED = new Set(["checkout.session.completed", "checkout.session.async_payment_succeeded"]);
/** Stripe gives these in whole units, and the next in thousandths; every other in hundredths, ISK and UGX included. */
const WHOLE = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "));
const THOUSANDTHS = new Set("BHD JOD KWD OMR TND".split(" "));

/** Stripe's events. A completed checkout is a paid order; any other event is kept aside and says so. */
export const stripe: Shape = {
  name: "stripe",
  recognise: ({ payload }, mapped) => {
    const session = dig(payload, "data", "object");
    const type = own(payload, "type");
    if (own(payload, "object") !== "event" || typeof type !== "string" || !isObject(session)) return undefined;
    const test = own(payload, "livemode") === false;
    if (!COMPLETED.has(type) || idText(own(session, "id")) === undefined) {
      const missing = `Stripe's ${type} is not a completed checkout; let the endpoint listen to checkout.session.completed only`;
      return finish(
        { sender: "stripe", senderId: idText(own(payload, "id")), test, missing },
        { rest: payload },
        mapped,
      );
    }
    const event = eventOf(payload, session);
    return finish(
      { sender: "stripe", senderId: event.id, occurredAt: event.occurredAt, test, event },
      {
        entries: customerOf(session),
        rest: omit(
          session,
          "id",
          "object",
          "amount_total",
          "currency",
          "customer_details",
          "customer_email",
          "livemode",
        ),
      },
      mapped,
    );
  },
};

/** A payment that is still to come (a bank debit) is another event than the one that says it has arrived. */
function eventOf(payload: JsonObject, session: JsonObject): RecognisedEvent {
  const id = idText(own(session, "id")) ?? "";
  const isPaid = own(session, "payment_status") !== "unpaid" || own(payload, "type") !== "checkout.session.completed";
  const currency = text(own(session, "currency"))?.toUpperCase();
  const amount = own(session, "amount_total");
  const occurredAt = epoch(own(payload, "created"));
  return {
    id: isPaid ? id : `${id}:unpaid`,
    type: isPaid ? "order.paid" : "order.unpaid",
    ...(occurredAt ? { occurredAt } : {}),
    ...(typeof amount === "number" && currency ? { value: amount / unitsOf(currency) } : {}),
    ...(currency ? { currency } : {}),
  };
}

function unitsOf(currency: string): number {
  if (THOUSANDTHS.has(currency)) return 1000;
  return WHOLE.has(currency) ? 1 : 100;
}

function customerOf(session: JsonObject): Entry[] {
  const details = own(session, "customer_details");
  const entry = (holder: JsonObject, at: string, field: Entry["field"]): Entry => ({
    key: at,
    value: own(holder, at) ?? null,
    path: [at],
    field,
    holder,
    at,
  });
  const address = own(details, "address");
  return [
    ...(isObject(details)
      ? [entry(details, "email", "email"), entry(details, "name", "fullName"), entry(details, "phone", "phone")]
      : []),
    entry(session, "customer_email", "email"),
    ...(isObject(address) ? [entry(address, "country", "country")] : []),
  ];
}
