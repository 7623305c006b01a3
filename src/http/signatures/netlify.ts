import { createHash } from "node:crypto";
import type { Claim, SignedRequest } from "./claim.ts";

/**
 * Netlify signs no body but a JSON Web Token (RFC 7519) that holds the body's SHA-256.
 *
 * The algorithm is pinned: what the token says of itself only decides whether it is refused (RFC 8725 section 3.1).
 *
 * @returns the claim that the token is signed; undefined when it is not about these bytes.
 */
export function netlifyClaim({ headers, rawBody, now }: SignedRequest): Claim | undefined {
  const token = headers["x-webhook-signature"] ?? "";
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  if (parsed(header).alg !== "HS256") return undefined;

  const { sha256, iss = "netlify", exp } = parsed(payload);
  const digest = createHash("sha256").update(rawBody).digest("hex");
  if (typeof sha256 !== "string" || sha256.toLowerCase() !== digest || iss !== "netlify") return undefined;
  if (exp !== undefined && !(typeof exp === "number" && exp * 1_000 > now.getTime())) return undefined;
  return { contents: [[`${header}.${payload}`]], signatures: [signature], encoding: "base64url" };
}

function parsed(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
