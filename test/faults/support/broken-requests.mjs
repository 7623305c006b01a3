// Requests that are wrong before any field is looked at: methods, addresses, types, encodings, framing.
import { gzipSync } from "node:zlib";
import { SEEDS } from "./hostile-seeds.mjs";

/** Each honest request, broken in each way. */
export function* brokenRequests() {
  for (const seed of SEEDS) {
    yield* withoutParts(seed);
    for (const method of METHODS) yield { ...seed, method };
    for (const tail of TAILS) yield { ...seed, target: seed.target + tail };
    for (const type of TYPES) yield { ...seed, headers: [["Content-Type", type], ...others(seed, "Content-Type")] };
    for (const encoding of ENCODINGS) yield { ...seed, headers: [...seed.headers, ["Content-Encoding", encoding]] };
    for (const [name, value] of HEADERS) yield { ...seed, headers: [...others(seed, name), [name, value]] };
    const packed = gzipSync(seed.body);
    for (const body of [
      packed,
      packed.subarray(0, -4),
      packed.subarray(0, 12),
      Buffer.concat([packed, packed]),
      Buffer.concat([packed, Buffer.from("x")]),
      BOMB,
    ])
      yield { ...seed, headers: [...seed.headers, ["Content-Encoding", "gzip"]], body };
    for (const framing of FRAMINGS) yield { ...seed, framing };
  }
}

function* withoutParts(seed) {
  yield { ...seed, body: Buffer.alloc(0) };
  yield { ...seed, headers: [] };
  for (const [name] of seed.headers) yield { ...seed, headers: others(seed, name) };
  for (const body of BODIES) yield { ...seed, body: Buffer.from(body) };
  for (const bytes of [[0xff, 0xfe, 0x7b, 0x00], [0x80], [0xc3], [0xed, 0xa0, 0x80], [0x1f, 0x8b], [0x00]])
    yield { ...seed, body: Buffer.from(bytes) };
}

const others = ({ headers }, name) => headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
// biome-ignore format: a table
const BODIES = ["{", "[", "[]", "null", "1", '""', "[[]]", "{}", "[{}]", "[null,1,\"a\",[],{}]", "{\"email\":", "\ufeff{}", "a=b", "=", "&&&", "a[b=1", "a[__proto__]=1", "--", "%", "<xml/>", `[${"{},".repeat(1_000)}{}]`, "[".repeat(100_000), `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`];
// biome-ignore format: a table
const TAILS = ["?", "?key=", "?key[]=a&key[b]=c", "?a=%", "?%00", "/", "/..", "%2e%2e", "%ff", "%00", "?followUps=maybe", `?${"a=b&".repeat(1_500)}`, "?__proto__[x]=1", "//x", ";x", "#x"];
const METHODS = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "M-SEARCH"];
const BOMB = gzipSync(Buffer.alloc(3_000_000, " "));
// biome-ignore format: a table
const TYPES = ["", "x", "text/plain", "application/json; charset=utf-16", "application/json; charset=\"", "application/json;;;", "APPLICATION/JSON ; Charset=UTF-8", "multipart/form-data", "multipart/form-data; boundary=", `multipart/form-data; boundary=${"b".repeat(300)}`, "multipart/form-data; boundary=\"", "application/x-www-form-urlencoded; charset=iso-8859-1", "application/xml", "application/vnd.x+json", "a/b, c/d", "multipart/mixed; boundary=x"];
// biome-ignore format: a table
const ENCODINGS = ["gzip", "deflate", "br", "identity", "zstd", "gzip, gzip", "x", "", "gzip;q=1"];
// biome-ignore format: a table
const HEADERS = [
  ["Idempotency-Key", ""], ["Idempotency-Key", " "], ["Idempotency-Key", "k".repeat(256)], ["Idempotency-Key", "a b"], ["Idempotency-Key", "\xe9"], ["Idempotency-Key", "same"],
  ["webhook-id", ""], ["webhook-id", "i".repeat(5_000)], ["webhook-id", "\xff\xfe"], ["webhook-signature", "v1,"], ["webhook-timestamp", "1e400"],
  ["Authorization", ""], ["Authorization", "Bearer"], ["Authorization", "Basic !!!"], ["Authorization", "Basic Og=="], ["Authorization", "Digest x"], ["Authorization", `Bearer ${"x".repeat(8_000)}`], ["Authorization", "Bearer \xff"],
  ["Origin", "null"], ["Origin", "https://evil.example"], ["Origin", "\xff"], ["Accept", "text/html"], ["Accept", "x"], ["Accept", ",".repeat(2_000)], ["Accept", "text/html;q=\xff"],
  ["X-Forwarded-For", "1,".repeat(500)], ["Host", ""], ["Host", "a".repeat(2_000)], ["Cookie", "a".repeat(20_000)], ["If-Match", "x"], ["If-Match", "*"], ["Range", "bytes=0-"], ["Expect", "100-continue"], ["Expect", "x"], ["X-Request-Id", "\xff"], ["Upgrade", "websocket"], ["traceparent", "00-x"],
  ["framer-webhook-submission-id", "\xff"], ["x-wpforms-webhook-id", ""], ["typeform-signature", "sha256="], ["stripe-signature", "t=1,v1=x"],
];

/** Ways to break the frame of a request; `raw-request` knows what each does. */
export const FRAMINGS = [
  "short",
  "long",
  "chunked",
  "bad-chunk",
  "twice",
  "negative",
  "bare-lf",
  "no-host",
  "http/1.0",
  "http/9.9",
  "cut-head",
  "nul-in-head",
  "both",
];
