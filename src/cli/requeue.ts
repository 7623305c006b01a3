import { Command, Option } from "commander";
import { LeadgateError } from "../base/errors.ts";
import { type ConnectionOptions, connect, withConnection } from "./client.ts";
import { counted, createConsole } from "./console.ts";

const STATUSES = ["previewed", "failed", "uncertain"] as const;

interface RequeueOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly status: (typeof STATUSES)[number];
  readonly acceptDuplicate?: boolean;
}

export function requeueCommand(): Command {
  return withConnection(new Command("requeue"))
    .description("have mail sent that does not go by itself")
    .addOption(new Option("--status <status>", "which mail").choices(STATUSES).makeOptionMandatory())
    .option("--accept-duplicate", "send uncertain mail although it may have been sent")
    .addHelpText(
      "after",
      `
previewed  was rendered and kept while MAIL_MODE was preview
failed     was refused for good; mend the cause first
uncertain  may have been sent: look it up at SendGrid before you send it again

Examples:
  $ leadgate requeue --status previewed
  $ leadgate requeue --status uncertain --accept-duplicate`,
    )
    .action(async (options: RequeueOptions) => {
      const told = createConsole(options);
      const { status, acceptDuplicate = false } = options;
      if (status === "uncertain" && !acceptDuplicate) {
        throw new LeadgateError(
          "bad-setting",
          "Uncertain mail may have been sent; --accept-duplicate sends it all the same.",
        );
      }
      const body = { status, acceptDuplicate };
      const answer = await connect(options).json<{ requeued: number }>("POST", "/v1/messages/requeue", body);
      told.say(`${counted(answer.requeued, "mail")} queued again.`);
      told.result(answer);
    });
}
