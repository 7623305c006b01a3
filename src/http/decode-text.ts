import { isUtf8 } from "node:buffer";

const UTF8 = new TextDecoder("utf-8");
/** What the Encoding standard makes of `iso-8859-1` too. It has a character for every byte. */
const WINDOWS_1252 = new TextDecoder("windows-1252");

/**
 * Text of bytes that ought to be UTF-8. Old pages and programs send Latin-1 without saying so; whatever holds none but
 * broken sequences is read as that. UTF-8 that was cut in the middle of a character loses that character alone.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = UTF8.decode(bytes);
  if (isUtf8(bytes) || /[^\0-\x7f\ufffd]/.test(text)) return text;
  return WINDOWS_1252.decode(bytes);
}

export function decodeLatin1(bytes: Uint8Array): string {
  return WINDOWS_1252.decode(bytes);
}
