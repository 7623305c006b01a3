// Mutations of honest requests, each made of its seed alone.
import { deflateSync, gzipSync } from "node:zlib";
import { FRAMINGS } from "./broken-requests.mjs";
import { ADDRESS, SEEDS } from "./hostile-seeds.mjs";
import { randomFrom } from "./random.mjs";
import { doubled, onStructure, renamed, replaced, wrapped } from "./tree-changes.mjs";

/** The request that this seed stands for: an honest one, changed one to four times. */
export function mutation(seed) {
  const random = randomFrom(seed);
  let request = withOwnAddress(random.pick(SEEDS), random);
  for (let left = 1 + random.below(4); left > 0; left--) request = random.pick(CHANGES)(request, random);
  return request;
}

/** Most mutations are of people of their own, so that leads are made and not one is fought over. */
function withOwnAddress(seed, random) {
  const address = `m${random.below(20_000)}@example.com`;
  return { ...seed, body: Buffer.from(seed.body.toString("latin1").replaceAll(ADDRESS, address), "latin1") };
}

const onBody = (change) => (request, random) => ({ ...request, body: change(request.body, random) });
const onText = (change) => onBody((body, random) => Buffer.from(change(body.toString("latin1"), random), "latin1"));
const at = (text, random) => random.below(text.length + 1);
const put = (text, place, piece, removed = 0) => text.slice(0, place) + piece + text.slice(place + removed);

/** Pieces, a character for each byte. */
// biome-ignore format: a table
const PIECES = [
  '"', "'", "\\", "{", "}", "[", "]", ":", ",", "&", "=", "%", "%00", "+", "\r\n", "\n", "\0", "\x80", "\xff\xfe", "\xc3\x28", "\xed\xa0\x80", "\xf0\x9f\x98\x80",
  "\xe2\x80\xae", "\xef\xbb\xbf", "\\u0000", "\\ud800", "null", "true", "1e400", "-0", "{}", "[]", '"__proto__":', "[__proto__]", "constructor[prototype]", "@", "@example.com", "..", "../",
  "{{", "{%", "<script>", "--", "------leadgate", "------leadgate--\r\n", 'name="email"', "filename=", "99999999999999999999", "2026-02-30T25:61:61Z", "email", "_submission_id", "submissionId", "occurredAt", "id", "is_test",
];

const CHANGES = [
  onBody(flipBits),
  onBody((body, random) => body.subarray(0, random.below(body.length + 1))),
  onBody((body, random) => body.subarray(random.below(body.length + 1))),
  onText((text, random) => put(text, at(text, random), random.pick(PIECES), random.below(4))),
  onText((text, random) => put(text, at(text, random), random.pick(PIECES).repeat(1 + random.below(60)))),
  onText((text, random) => put(text, at(text, random), text.slice(at(text, random)).slice(0, random.below(200)))),
  onText((text, random) => put(text, at(text, random), "", 1 + random.below(20))),
  onText(spliced),
  onText((text, random) =>
    text.replace(/\d+/g, (digits) => (random.chance(0.3) ? String(random.below(2 ** 31) * 4_097) : digits)),
  ),
  onText((text, random) => text.replace(/"[^"]{1,40}"/g, (word) => (random.chance(0.1) ? random.pick(WORDS) : word))),
  onText((text, random) =>
    put(text, at(text, random), random.pick(["a", "\xc3\xa9", " ", "(", "a@"]).repeat(random.below(3_000))),
  ),
  // Three times each: what still parses gets further in than what doesn't.
  ...[replaced, wrapped, doubled, renamed, replaced, replaced, renamed, renamed, doubled].map(onStructure),
  onText(
    (text, random) =>
      `[${Array(1 + random.below(5))
        .fill(text)
        .join(",")}]`,
  ),
  changeHeader,
  changeHeader,
  changeTarget,
  pack,
  (request, random) => ({
    ...request,
    method: random.pick(["POST", "POST", "POST", "PUT", "GET", "PATCH", "OPTIONS", "DELETE", "HEAD"]),
  }),
  (request, random) => (random.chance(0.3) ? { ...request, framing: random.pick(FRAMINGS) } : request),
];

// biome-ignore format: a table
const WORDS = ['""', "null", "[]", "{}", "1", "true", '" "', '"\\u200b"', '"a@example.com"', '"\\u0000"', '{"a":{"b":[1]}}', '"\xc3\xbc"', "-1.5e300"];

function flipBits(body, random) {
  const changed = Buffer.from(body);
  for (let left = 1 + random.below(8); left > 0 && changed.length > 0; left--)
    changed[random.below(changed.length)] ^= 1 << random.below(8);
  return changed;
}

function spliced(text, random) {
  const other = random.pick(SEEDS).body.toString("latin1");
  return text.slice(0, at(text, random)) + other.slice(at(other, random));
}

// biome-ignore format: a table
const NAMES = ["Content-Type", "Content-Encoding", "Idempotency-Key", "webhook-id", "Authorization", "X-Api-Key", "Origin", "Accept", "User-Agent", "X-Forwarded-For", "webhook-signature", "webhook-timestamp", "If-Match", "x-wpforms-webhook-id", "framer-webhook-submission-id", "X-Odd"];
// biome-ignore format: a table
const VALUES = ["", "x", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=----leadgate", "text/html", "gzip", "br", "null", "https://www.example.com", "k-1", "k-2", "\xff", "*", "Zapier", "a, b", "application/json; charset=latin1", "v1,AAAA", "1770091506"];

function changeHeader(request, random) {
  const name = random.pick(NAMES);
  const kept = request.headers.filter(([other]) => other !== name || random.chance(0.3));
  const before = request.headers.find(([other]) => other === name)?.[1] ?? random.pick(VALUES);
  const value = random.chance(0.6)
    ? random.pick(VALUES)
    : put(before, at(before, random), random.pick(PIECES).repeat(1 + random.below(5)), random.below(3));
  return { ...request, headers: random.chance(0.15) ? kept : [...kept, [name, value]] };
}

function changeTarget(request, random) {
  const piece = random.pick([
    "%",
    "%ff",
    "%00",
    "?",
    "&",
    "=",
    "/",
    "..",
    "[]",
    "key=",
    "?key=x",
    "a".repeat(100),
    "limit=201",
    "?cursor=x",
    "'",
    "%E2%80%AE",
    "followUps=off",
  ]);
  return { ...request, target: put(request.target, 1 + random.below(request.target.length), piece, random.below(3)) };
}

function pack(request, random) {
  const packed = random.chance(0.5) ? gzipSync(request.body) : deflateSync(request.body);
  const body = random.chance(0.5)
    ? packed
    : random.chance(0.5)
      ? flipBits(packed, random)
      : packed.subarray(0, random.below(packed.length));
  const headers = [
    ...request.headers.filter(([name]) => name !== "Content-Encoding"),
    ["Content-Encoding", random.pick(["gzip", "deflate", "br"])],
  ];
  return { ...request, headers, body };
}
