/** One lead as own code sends it; `n` tells people apart. */
export function lead(n, extra = {}) {
  return {
    email: `person.${n}@example.com`,
    firstName: "Ann",
    lastName: `Example ${n}`,
    phone: `+49 30 ${1_000_000 + (n % 8_999_999)}`,
    company: `Example Company ${n % 1_000}`,
    country: "DE",
    message: "Please send me your price list, and call me next week.",
    utm: { source: "newsletter", medium: "email", campaign: "autumn" },
    employees: n % 500,
    ...extra,
  };
}

/** A form has flat fields. */
export function formFields(n) {
  const { utm, ...fields } = lead(n);
  const tracking = Object.entries(utm).map(([name, value]) => [`utm_${name}`, value]);
  return new URLSearchParams({ ...fields, ...Object.fromEntries(tracking) }).toString();
}
