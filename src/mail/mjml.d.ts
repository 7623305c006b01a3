/** mjml 5 ships no types; this is the part of it that is used. */
declare module "mjml" {
  interface MjmlFault {
    readonly line: number;
    readonly message: string;
    readonly tagName: string;
  }
  interface MjmlOptions {
    readonly fonts?: Readonly<Record<string, string>>;
    readonly keepComments?: boolean;
    readonly ignoreIncludes?: boolean;
    readonly validationLevel?: "strict" | "soft" | "skip";
  }
  export default function mjml2html(
    mjml: string,
    options?: MjmlOptions,
  ): Promise<{ readonly html: string; readonly errors: readonly MjmlFault[] }>;
}
