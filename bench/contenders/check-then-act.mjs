// What is written by hand when nobody thinks of twins: look for the lead, create or update it, look for its mail, create
// it, each with Prisma's models, in the tables Leadgate uses. Two posts of one person at once break it.
import { PrismaPg } from "@prisma/adapter-pg";
import express from "express";
import { uuidV7 } from "../../dist/base/ids.js";
import { PrismaClient } from "../../dist/store/generated/client.js";

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 10 }) });
const select = { id: true };
const app = express()
  .disable("x-powered-by")
  .disable("etag")
  .use(express.json())
  .post("/v1/leads", async (request, response) => {
    const { email, utm, employees, ...fields } = request.body;
    const now = new Date();
    const data = { ...fields, utm, attributes: { employees }, updatedAt: now, lastSubmissionAt: now };
    let lead = await prisma.lead.findUnique({ where: { email } });
    const outcome = lead === null ? "created" : "updated";
    if (lead === null) {
      lead = await prisma.lead.create({
        data: { id: uuidV7(), email, emailAsGiven: email, source: "api", stamps: {}, createdAt: now, ...data },
      });
    } else {
      lead = await prisma.lead.update({ where: { id: lead.id }, data });
    }
    const at = { createdAt: now, updatedAt: now, dueAt: now };
    const where = { leadId: lead.id, template: "welcome" };
    const mail = await prisma.sentMessage.findFirst({ where, select });
    if (mail === null) await prisma.sentMessage.create({ data: { id: uuidV7(), rule: "welcome", ...where, ...at } });
    response.status(lead === null ? 201 : 200).json({ id: lead.id, outcome, email });
  });
const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
