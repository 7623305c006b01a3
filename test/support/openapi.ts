import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Express } from "express";
import type { Response } from "supertest";

export interface DocumentedOperation {
  readonly operationId: string;
  readonly method: string;
  /** As OpenAPI writes it. */
  readonly path: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { example?: unknown }> };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface DocumentedResponse {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, object>>;
}

/** The OpenAPI document, as a caller gets it. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<DocumentedOperation, "method" | "path">>>>>;
  readonly components: { readonly responses: Readonly<Record<string, DocumentedResponse>> };
}

export function operationsOf(document: OpenApi): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
}

/** Holds answers against what the document says of them. */
export function createAnswerCheck(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "openapi");
  const byId = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
  return {
    /** What is wrong with an answer; empty when it is as documented. */
    faultsOf(operationId: string, answer: Response): string[] {
      const operation = byId.get(operationId);
      if (operation === undefined) return [`there is no operation ${operationId}`];
      const found = pointerOf(document, operation, String(answer.status));
      if (found === undefined) return [`${operationId} answers ${answer.status}, which the document does not know`];
      const type = (answer.headers["content-type"] ?? "").split(";")[0]!;
      const content = found.response.content ?? {};
      if (Object.keys(content).length === 0)
        return answer.text ? [`${operationId} has a body where none is told of`] : [];
      if (content[type] === undefined) return [`${operationId} answers with ${type}, which the document does not know`];
      const pointer = [...found.pointer, "content", type, "schema"].map(escapePointer).join("/");
      const validate = ajv.compile({ $ref: `openapi#/${pointer}` });
      const value = /[/+]json$/.test(type) ? JSON.parse(answer.text ?? String(answer.body)) : answer.text;
      if (validate(value)) return [];
      return validate.errors!.map(
        ({ instancePath, message }) => `${operationId} ${answer.status}: ${instancePath} ${message}`,
      );
    },
    /** What is wrong with a value that the document gives as an example of a schema. */
    faultsOfExample(pointer: readonly string[], value: unknown): string[] {
      const validate = ajv.compile({ $ref: `openapi#/${pointer.map(escapePointer).join("/")}` });
      return validate(value)
        ? []
        : validate.errors!.map(({ instancePath, message }) => `${pointer.join(" ")}: ${instancePath} ${message}`);
    },
  };
}

function pointerOf(document: OpenApi, { path, method, responses }: DocumentedOperation, status: string) {
  const response = responses[status];
  if (response === undefined) return undefined;
  const name = response.$ref?.split("/").at(-1);
  if (name === undefined) return { response, pointer: ["paths", path, method, "responses", status] };
  return { response: document.components.responses[name]!, pointer: ["components", "responses", name] };
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every route of the app, as `get /v1/leads/{id}`. */
export function routesOf(app: Express): string[] {
  return layersOf((app.router as unknown as { stack: Layer[] }).stack).flatMap(({ route }) =>
    Object.keys(route!.methods).map((method) => `${method} ${route!.path.replaceAll(/:(\w+)/g, "{$1}")}`),
  );
}

function layersOf(stack: readonly Layer[]): Layer[] {
  return stack.flatMap((layer) => (layer.route === undefined ? layersOf(layer.handle.stack ?? []) : [layer]));
}
