import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Attributes, type Span, type SpanStatus, SpanStatusCode, trace } from "@opentelemetry/api";
import { inSpan } from "../../src/base/trace.ts";
import { type Instance, startInstance } from "../support/instance.ts";

interface Ended {
  readonly name: string;
  readonly attributes: Attributes;
  status: SpanStatus | undefined;
}

/** What an SDK does with spans, as far as this needs it. */
const ended: Ended[] = [];
const tracer = {
  startActiveSpan(name: string, { attributes }: { attributes: Attributes }, work: (span: Span) => unknown) {
    const span: Ended = { name, attributes, status: undefined };
    const end = () => void ended.push(span);
    const setStatus = (status: SpanStatus) => {
      span.status = status;
    };
    return work({ end, setStatus } as unknown as Span);
  },
};

let instance: Instance;
beforeAll(async () => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer as never });
  instance = await startInstance();
});
afterAll(async () => {
  trace.disable();
  await instance.close();
});

test("taking in and delivering are spans, which hold nothing of anybody", async () => {
  await instance.post("/v1/leads", [{ email: "traced@example.com" }, { email: "traced2@example.com" }]).expect(200);
  await instance.deliver();
  expect(ended).toEqual([
    { name: "leadgate.accept", attributes: { "leadgate.batch.size": 2 }, status: undefined },
    { name: "leadgate.deliver", attributes: { "leadgate.batch.size": 2 }, status: undefined },
  ]);
  expect(JSON.stringify(ended)).not.toContain("traced");
});

test("a failure is noted by its kind alone, and thrown on", async () => {
  const fails = inSpan("x", {}, () => Promise.reject(new TypeError("ann@example.com")));
  await expect(fails).rejects.toThrow(TypeError);
  expect(ended.at(-1)!.status).toEqual({ code: SpanStatusCode.ERROR, message: "TypeError" });
});
