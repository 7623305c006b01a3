// The least an Express service can do with a post: read the body, parse it, answer. Stores nothing.
import express from "express";

const app = express()
  .disable("x-powered-by")
  .disable("etag")
  .use(express.json())
  .post("/v1/leads", (request, response) => {
    response.status(201).json({ ok: true, email: request.body.email });
  });
const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
