import { Command } from "commander";
import { type ConnectionOptions, connect, withConnection } from "./client.ts";
import { createConsole } from "./console.ts";

interface TestSendOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly to: string;
}

interface TestSent {
  readonly mode: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly subject: string;
  readonly text: string;
}

export function testSendCommand(): Command {
  return withConnection(new Command("test-send"))
    .description("send a template with a sample lead to an address of yours, in the mode the server runs in")
    .argument("<template>", "its name, such as welcome")
    .requiredOption("--to <address>", "where to")
    .addHelpText("after", "\nNothing of it is kept.\n\nExample:\n  $ leadgate test-send welcome --to you@example.com")
    .action(async (template: string, options: TestSendOptions) => {
      const told = createConsole(options);
      const path = `/v1/templates/${encodeURIComponent(template)}/test`;
      const sent = await connect(options).json<TestSent>("POST", path, { to: options.to });
      const { mode, outcome, reason, subject, text } = sent;
      if (outcome === "previewed") {
        told.say(`MAIL_MODE is ${mode}: rendered, and sent to nobody.`);
        told.say(`Subject: ${subject}\n\n${text}`);
      } else if (outcome === "accepted") {
        told.say(
          told.style.good(`SendGrid took it${mode === "sandbox" ? " (sandbox: nobody gets it)" : ""}: ${subject}`),
        );
      } else {
        told.say(told.style.bad(`It was not sent (${outcome}): ${reason}`));
        process.exitCode = 1;
      }
      told.result(sent);
    });
}
