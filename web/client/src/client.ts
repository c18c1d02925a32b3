/**
 * A typed client of nunchi's API.
 *
 * In a browser the login is a pair of cookies that no script can read: writes carry the CSRF token beside them, and
 * a request that is refused because its login has run out is sent once more after a refresh. Programs give a
 * `token` and look after it themselves.
 */
import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema.d.ts";

export type Problem = components["schemas"]["ProblemDetail"];
export type Schemas = components["schemas"];

export interface Options {
  /** Where the API is: scheme, host and, behind a gateway, the stage. */
  baseUrl: string;
  /** The access token of a program, asked for before each request; undefined while nobody is logged in. */
  token?: () => string | undefined;
  /** The language of problems. */
  language?: "en" | "ko";
  fetch?: typeof globalThis.fetch;
}

const CSRF_COOKIE = "__Host-nunchi-csrf";
const CSRF_HEADER = "X-CSRF-Token";
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The client. Its calls resolve to `{ data }` or `{ error: Problem }`; they reject only where the network fails. */
export function createNunchiClient(options: Options): Client<paths> {
  const fetch = options.fetch ?? globalThis.fetch;
  const client = createClient<paths>({
    baseUrl: options.baseUrl,
    credentials: "include",
    headers: { "Accept-Language": options.language ?? "ko" },
    fetch: options.token === undefined ? (request) => withRefresh(request, options.baseUrl, fetch) : fetch,
  });
  client.use(options.token === undefined ? csrf : bearer(options.token));
  return client;
}

function bearer(token: () => string | undefined): Middleware {
  return {
    onRequest({ request }) {
      const held = token();
      if (held !== undefined) request.headers.set("Authorization", `Bearer ${held}`);
      return request;
    },
  };
}

const csrf: Middleware = {
  onRequest({ request }) {
    return withCsrf(request);
  },
};

function withCsrf(request: Request): Request {
  const token = csrfToken();
  if (!READS.has(request.method) && token !== undefined) request.headers.set(CSRF_HEADER, token);
  return request;
}

function csrfToken(): string | undefined {
  const cookies = globalThis.document?.cookie.split("; ") ?? [];
  return cookies.find((one) => one.startsWith(`${CSRF_COOKIE}=`))?.slice(CSRF_COOKIE.length + 1);
}

async function withRefresh(request: Request, baseUrl: string, fetch: typeof globalThis.fetch): Promise<Response> {
  const again = request.clone();
  const answer = await fetch(request);
  if (answer.status !== 401 || new URL(request.url).pathname.includes("/auth/")) return answer;
  if (!(await refreshed(baseUrl, fetch))) return answer;
  return fetch(withCsrf(again));
}

let refreshing: Promise<boolean> | undefined;

/** One refresh at a time: a refresh token is good for one use. 409: another tab has just used it for us all. */
function refreshed(baseUrl: string, fetch: typeof globalThis.fetch): Promise<boolean> {
  refreshing ??= fetch(`${baseUrl}/api/auth/refresh`, {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  })
    .then((answer) => answer.ok || answer.status === 409)
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}
