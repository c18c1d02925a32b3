/**
 * A typed client of nunchi's API.
 *
 * In a browser the login is a pair of cookies that no script can read: writes carry the CSRF token beside them, and
 * a request that is refused because its login has run out, or for its CSRF token, is sent once more after a refresh.
 * Programs give a `token` and look after it themselves.
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
    fetch: options.token === undefined ? loggedIn(options.baseUrl, fetch) : fetch,
  });
  if (options.token !== undefined) client.use(bearer(options.token));
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

/** A browser's fetch: writes carry the CSRF token, and what is refused for a login that ran out is sent again. */
function loggedIn(baseUrl: string, fetch: typeof globalThis.fetch): (request: Request) => Promise<Response> {
  let told: string | undefined; // by the last answer: a page of another origin can't read the API's cookie
  let refreshing: Promise<boolean> | undefined;

  function withCsrf(request: Request): Request {
    const token = csrfCookie() ?? told;
    if (!READS.has(request.method) && token !== undefined) request.headers.set(CSRF_HEADER, token);
    return request;
  }

  async function sent(request: Request): Promise<Response> {
    const answer = await fetch(withCsrf(request));
    if (answer.ok && isAuth(request, ["login", "refresh"])) told = (await answer.clone().json()).csrf_token;
    return answer;
  }

  /** One refresh at a time: a refresh token is good for one use. 409: another tab has just used it for us all. */
  function refreshed(): Promise<boolean> {
    const request = new Request(`${baseUrl}/api/auth/refresh`, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    refreshing ??= sent(request)
      .then((answer) => answer.ok || answer.status === 409)
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  return async (request) => {
    const again = request.clone();
    const answer = await sent(request);
    if (isAuth(request, ["login", "sign-up", "refresh"]) || !(await wantsRefresh(answer))) return answer;
    return (await refreshed()) ? sent(again) : answer;
  };
}

/** The login has run out; or a page of another origin, loaded anew, was never told its CSRF token. */
async function wantsRefresh(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return answer.status === 401;
  const problem: Partial<Problem> = await answer.clone().json().catch(() => ({}));
  return problem.code === "csrf";
}

function isAuth(request: Request, names: string[]): boolean {
  const { pathname } = new URL(request.url);
  return names.some((name) => pathname.endsWith(`/auth/${name}`));
}

function csrfCookie(): string | undefined {
  const cookies = globalThis.document?.cookie.split("; ") ?? [];
  return cookies.find((one) => one.startsWith(`${CSRF_COOKIE}=`))?.slice(CSRF_COOKIE.length + 1);
}
