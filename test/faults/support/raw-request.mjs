// The bytes of a request, its frame broken where it says so.

/** @returns the bytes, and whether the connection ends with them because no answer may come or no other request fit behind. */
export function bytesOfRequest({ method, target, headers, body, framing }) {
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const all = [...(hasHost ? [] : [["Host", "leads.example.com"]]), ...headers];
  const frame = FRAMES[framing] ?? whole;
  const head = headOf(method, target, all);
  const isUpgrade = headers.some(([name]) => /^(upgrade|expect)$/i.test(name));
  const isOdd =
    [method, target, ...headers.flat()].some((text) => /[\x00-\x1f\x7f]/.test(text)) || target.includes(" ");
  return { bytes: frame(head, body), ends: framing !== undefined || isUpgrade || isOdd };
}

const headOf = (method, target, headers) =>
  [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n");

const join = (head, fields, body) =>
  Buffer.concat([Buffer.from(`${[head, ...fields].join("\r\n")}\r\n\r\n`, "latin1"), body]);
const whole = (head, body) => join(head, [`Content-Length: ${body.length}`], body);
const chunk = (body) =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);

const FRAMES = {
  short: (head, body) => join(head, [`Content-Length: ${body.length + 100}`], body),
  long: (head, body) => join(head, [`Content-Length: ${body.length >> 1}`], body),
  chunked: (head, body) =>
    join(head, ["Transfer-Encoding: chunked"], body.length > 0 ? chunk(body) : Buffer.from("0\r\n\r\n")),
  "bad-chunk": (head, body) => join(head, ["Transfer-Encoding: chunked"], Buffer.concat([Buffer.from("zz\r\n"), body])),
  twice: (head, body) => join(head, [`Content-Length: ${body.length}`, "Content-Length: 1"], body),
  negative: (head, body) => join(head, ["Content-Length: -1"], body),
  "bare-lf": (head, body) => Buffer.concat([Buffer.from(`${head}\n\n`.replaceAll("\r\n", "\n"), "latin1"), body]),
  "no-host": (head, body) => whole(head.replace(/\r\nHost: [^\r]*/, ""), body),
  "http/1.0": (head, body) => whole(head.replace("HTTP/1.1", "HTTP/1.0"), body),
  "http/9.9": (head, body) => whole(head.replace("HTTP/1.1", "HTTP/9.9"), body),
  "cut-head": (head) => Buffer.from(head.slice(0, head.length >> 1), "latin1"),
  "nul-in-head": (head, body) => whole(`${head}\r\nX-Odd: a\0b`, body),
  both: (head, body) => join(head, [`Content-Length: ${body.length}`, "Transfer-Encoding: chunked"], chunk(body)),
};
