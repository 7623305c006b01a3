import type supertest from "supertest";
import { ADMIN_KEY, type Instance, type InstanceOptions, startInstance } from "./instance.ts";

/** Where the instance of the tests says the world reaches it. */
export const OWN_ORIGIN = "https://leads.example.com";

/** A browser that is signed in to the page for people. */
export interface SignedIn {
  /** The cookie as a browser sends it back. */
  readonly cookie: string;
  /** The cookie as it was set, with its attributes. */
  readonly setCookie: string;
  get(path: string): supertest.Test;
  /** As the page's own script sends it. */
  send(method: "post" | "patch" | "delete", path: string, body?: object): supertest.Test;
}

/** An instance that believes in which address a request says it came from. */
export function startBehindProxy(options: InstanceOptions = {}): Promise<Instance> {
  return startInstance({ ...options, settings: { TRUST_PROXY: "true", ...options.settings } });
}

let tries = 0;

/** Tries to sign in, as the page does, each time from another address, so that tests don't spend each other's tries. */
export function signIn({ http }: Instance, key: string, address = `198.51.100.${++tries}`): supertest.Test {
  return http.post("/admin/session").set("Origin", OWN_ORIGIN).set("X-Forwarded-For", address).send({ key });
}

export async function signedIn(instance: Instance, key = ADMIN_KEY): Promise<SignedIn> {
  const { headers } = await signIn(instance, key).expect(201);
  const setCookie = (headers["set-cookie"] as unknown as string[])[0]!;
  const cookie = setCookie.split(";", 1)[0]!;
  return {
    cookie,
    setCookie,
    get: (path) => instance.http.get(path).set("Cookie", cookie),
    send: (method, path, body) => {
      const request = instance.http[method](path).set("Cookie", cookie).set("Origin", OWN_ORIGIN);
      return body === undefined ? request : request.send(body);
    },
  };
}
