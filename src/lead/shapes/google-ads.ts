import { finish } from "./finish.ts";
import { pairs } from "./leaves.ts";
import { idText, instant, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Google Ads' lead form webhook. Its `google_key` is a secret and goes nowhere. */
export const googleAds: Shape = {
  name: "google-ads",
  recognise: ({ payload }, mapped) => {
    const columns = list(payload, "user_column_data");
    const isColumn = columns.every(
      (column) => own(column, "column_id") !== undefined || own(column, "column_name") !== undefined,
    );
    if (!Array.isArray(own(payload, "user_column_data")) || !isColumn) return undefined;
    const entries = pairs(columns) ?? [];
    return finish(
      {
        sender: "google-ads",
        senderId: idText(own(payload, "lead_id")),
        occurredAt: instant(own(payload, "lead_submit_time")),
        test: own(payload, "is_test") === true || own(payload, "is_test") === "true",
      },
      {
        // The id names the column in every language; the name is what the owner reads.
        entries: entries.map((entry) => {
          const id = own(
            columns.find((column) => column === entry.holder),
            "column_id",
          );
          return typeof id === "string" ? { ...entry, path: [id], aliases: [...entry.path] } : entry;
        }),
        rest: omit(payload, "user_column_data", "lead_id", "lead_submit_time", "google_key", "is_test"),
      },
      mapped,
    );
  },
};
