import { createHmac, timingSafeEqual } from "node:crypto";

/** The links in a mail that act for the lead it went to. */
export interface Links {
  unsubscribeUrl(leadId: string): string;
  confirmUrl(leadId: string): string;
  /** Whose link it is; undefined when it was not made here, or for another purpose. */
  leadOf(purpose: LinkPurpose, token: string): string | undefined;
}

export type LinkPurpose = "unsubscribe" | "confirm";

/**
 * Makes and reads signed links. They never run out: a person may unsubscribe years later.
 *
 * @param secret of this instance, 32 random bytes.
 * @param publicUrl where the world reaches this service, without a slash at its end.
 */
export function createLinks(secret: Buffer, publicUrl: () => string): Links {
  const sign = (purpose: LinkPurpose, leadId: string) =>
    createHmac("sha256", secret).update(`${purpose} ${leadId}`).digest().subarray(0, 16);
  const link = (purpose: LinkPurpose, leadId: string) => {
    const token = Buffer.concat([Buffer.from(leadId.replaceAll("-", ""), "hex"), sign(purpose, leadId)]);
    return `${publicUrl()}/${purpose}/${token.toString("base64url")}`;
  };
  return {
    unsubscribeUrl: (leadId) => link("unsubscribe", leadId),
    confirmUrl: (leadId) => link("confirm", leadId),
    leadOf(purpose, token) {
      const bytes = Buffer.from(token, "base64url");
      if (bytes.length !== 32) return undefined;
      const hex = bytes.subarray(0, 16).toString("hex");
      const leadId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
      return timingSafeEqual(sign(purpose, leadId), bytes.subarray(16)) ? leadId : undefined;
    },
  };
}
