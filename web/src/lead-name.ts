/** What a person is called: their name, or the address where none is known. */
export function nameOf(lead: {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string;
}): string {
  return [lead.firstName, lead.lastName].filter(Boolean).join(" ") || lead.email;
}
