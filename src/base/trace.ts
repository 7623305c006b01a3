import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";

/**
 * Runs work in a span of OpenTelemetry. Without an SDK, which whoever runs this loads (`node --import`), it costs next to
 * nothing and goes nowhere. Attributes are numbers and names of our own, never what people sent.
 */
export function inSpan<Result>(name: string, attributes: Attributes, work: () => Promise<Result>): Promise<Result> {
  // Asked for anew each time: an SDK may be registered after this was loaded.
  return trace.getTracer("leadgate").startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
      throw error;
    } finally {
      span.end();
    }
  });
}
