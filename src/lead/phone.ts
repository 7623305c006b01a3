import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";

/** Copying from an address book leaves direction marks and zero-width characters around a number. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const BARE_DIGITS = /^\p{Nd}+$/u;
/** The library reads this parameter of `tel:` links by a regular expression with state: every second call answers otherwise. */
const PHONE_CONTEXT = ";phone-context";

/**
 * Turns a telephone number into E.164, so that one number is one spelling.
 *
 * What is written like a telephone number need only be possible. Bare digits may as well be an order number or a date:
 * they must be a number that the country hands out, which takes the library's full metadata.
 *
 * @param country ISO 3166 alpha-2, any case; anything else is as if it had not been given.
 * @returns `+4930123456`, with an extension `+4930123456 ext. 12`; what is no such number comes back exactly as given.
 */
export function normalisePhone(given: string, country?: string): string {
  const region = knownRegion(country);
  const text = given.normalize("NFKC").replace(INVISIBLE, "").trim().replace(/^tel:/i, "");
  if (text.includes(PHONE_CONTEXT)) return given;
  const e164 = readPhone(text, region);
  // The library now and then makes a number that it reads differently itself, a zero shorter; that one was no number.
  return e164 !== undefined && readPhone(e164, region) === e164 ? e164 : given;
}

function readPhone(text: string, region: CountryCode | undefined): string | undefined {
  const phone = BARE_DIGITS.test(text) ? fromDigits(text, region) : parsed(text, region);
  if (!phone?.isPossible()) return undefined;
  return phone.ext ? `${phone.number} ext. ${phone.ext}` : phone.number;
}

/** Many programs store numbers with the country's calling code but no `+`, which the national reading would dial twice. */
function fromDigits(digits: string, region: CountryCode | undefined): PhoneNumber | undefined {
  if (region === undefined) return undefined;
  const international = parsed(`+${digits}`, region);
  if (international?.country === region && international.isValid()) return international;
  const national = parsed(digits, region);
  return national?.isValid() ? national : undefined;
}

function parsed(text: string, region: CountryCode | undefined): PhoneNumber | undefined {
  return parsePhoneNumberFromString(text, { extract: false, ...(region && { defaultCountry: region }) });
}

function knownRegion(country: string | undefined): CountryCode | undefined {
  const code = country?.trim().toUpperCase();
  return code !== undefined && isSupportedCountry(code) ? code : undefined;
}
