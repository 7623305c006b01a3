import { isUtf8 } from "node:buffer";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * What the bytes 0x80 to 0x9f are in windows-1252, which is what the Encoding standard makes of `iso-8859-1` too. All
 * others are the character of their number. Node 20's own decoder leaves these out (nodejs/node#56542).
 */
const WINDOWS_1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/**
 * Text of bytes that ought to be UTF-8. Old pages and programs send Latin-1 without saying so; whatever holds none but
 * broken sequences is read as that. UTF-8 that was cut in the middle of a character loses that character alone.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = UTF8.decode(bytes);
  if (isUtf8(bytes) || /[^\0-\x7f\ufffd]/.test(text)) return text;
  return decodeLatin1(bytes);
}

export function decodeLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252.charAt(byte.charCodeAt(0) - 0x80));
}
