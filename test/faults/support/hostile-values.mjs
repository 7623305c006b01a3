// Values that programs stumble over.

const nested = (levels, open, close) => JSON.parse(open.repeat(levels) + close.repeat(levels));

/** Raw JSON, as text, so that numbers and escapes stand that no serialiser writes. */
// biome-ignore format: a table
const RAW = [
  "1e400", "-1e400", "1e-400", "-0", "0.1", "9007199254740993", "12345678901234567890123", "1E+2", "\"\\u0000\"",
  "\"\\ud800\"", "\"\\udc00x\"", "\"a\\u0000b\"", "\"\\uFEFF\"", "\"\\u202Eevil\"", "{\"__proto__\":{\"polluted\":1}}",
  "{\"constructor\":{\"prototype\":{\"polluted\":1}}}", "{\"a\":1,\"a\":2}", "{\"\":\"\"}", "{\"\\u0000\":1}",
  "{\"length\":-1}", "{\"toString\":1,\"valueOf\":2,\"hasOwnProperty\":3}", "{\"then\":\"x\"}", "{\"toJSON\":\"x\"}",
];

// biome-ignore format: a table
const TEXTS = [
  "", " ", "\t\r\n", "\u200b", "\u2060\ufeff", "\u3164", "\u00ad", "null", "undefined", "NaN", "Infinity", "true", "false", "on", "0", "-1", "1e5",
  "[object Object]", "[]", "{}", "' OR 1=1 --", "'; DROP TABLE leads; --", "$1", "%s%n%d", "%00", "%ff", "%", "\\", "\\\\", "\\x", "\"", "'", "`",
  "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<!--", "]]>", "{{ 7*7 }}", "{% include 'welcome' %}", "{% for i in (1..100000000) %}", "\u0024{jndi:ldap://example.com/a}",
  "=1+1", "@SUM(A1)", "../../etc/passwd", "file:///etc/passwd", "javascript:alert(1)", "http://127.0.0.1/", "a\r\nBcc: x@example.com", "a\nb", "\u2028", "\u0085",
  "e\u0301".repeat(500), "\u0301".repeat(2000), "😀".repeat(300), "👩‍👩‍👧‍👦", "ﷺ".repeat(200), "İıſß", "ŉ", "\ufdd0", "\uffff", "\u{10ffff}", "\u202e\u2066\u2069", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞",
  "a".repeat(1_000), "a.".repeat(5_000), "@".repeat(1_000), "a@".repeat(3_000), "((((".repeat(1_000), "\\\"".repeat(2_000), " ".repeat(20_000), "x".repeat(70_000), "<".repeat(10_000), "a ".repeat(20_000),
  "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z", "-000001-01-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01", "2026-01-01T00:00:00+99:99", "1770091506", "1/1/26", "1899-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
  "a@b", "@example.com", "a@", "a@@example.com", "a@example..com", ".a@example.com", "a@-example.com", "a@example.com.", "\"a b\"@example.com", "a@[127.0.0.1]", "a@127.0.0.1", "a@xn--.com", "a@xn--a.example.com", "a@ß.example.com", "ü@exämple.com", "a@example.com,b@example.com", "A <a@example.com> <b@example.com>", "mailto:mailto:a@example.com", `${"a".repeat(65)}@example.com`, `a@${"b".repeat(64)}.com`, `a@${"b.".repeat(130)}com`, "a@example.com\u0000", "a\u200b@example.com", "a@example.com?subject=x", "<a@example.com", "a@example.com>", "a@\u202eexample.com", "a b@example.com", "a@exa mple.com", "a@１２７.０.０.１", "a@example。com", "＠example.com", "a＠example.com",
  "+", "+0", "+999999999999999999999", "00000000000000000000", "tel:+4930", "٠١٢٣٤٥٦٧٨٩", "+49 (0) 30 / 123-45;ext=9", "1".repeat(300), "ABC", "DE", "de", "ZZ", "Ünited", "EUR", "eu", "€€€",
];

// biome-ignore format: a table
const THINGS = [
  null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, [], {}, [null], [[]], [{}], ["a", "b"], [1, "a", null, {}], { a: null }, { value: "x" }, { email: "a@example.com" }, { first: 1, last: [] }, { source: {} },
  nested(10, "[", "]"), nested(63, "[", "]"), nested(64, "[", "]"), nested(65, "[", "]"), nested(2_000, "[", "]"),
  Array.from({ length: 5_001 }, (_, index) => index), Array(4_000).fill("x"), Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, index])), { ["k".repeat(50_000)]: 1 },
];

/** All of them as JSON. */
export const VALUES = [...RAW, ...[...TEXTS, ...THINGS].map((value) => JSON.stringify(value))];
