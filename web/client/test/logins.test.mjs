// What a browser's client sends when its login runs out. Run by tests/contract/test_typescript_client.py.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createNunchiClient } from "../src/client.ts";

const SIGNED_IN = { csrf_token: "told" };

/** An API whose access token has run out until it is refreshed; it keeps what it was asked. */
function api({ refreshes = true } = {}) {
  const asked = [];
  let fresh = false;
  const answer = (status, body) => new Response(body === undefined ? null : JSON.stringify(body), { status });
  const fetch = async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname} ${request.headers.get("X-CSRF-Token") ?? "-"}`);
    if (pathname.endsWith("/auth/refresh")) {
      fresh = refreshes;
      return refreshes ? answer(200, SIGNED_IN) : answer(401, {});
    }
    if (pathname.endsWith("/auth/login")) return answer(401, {});
    if (!fresh) return answer(401, {});
    return request.method === "GET" ? answer(200, {}) : answer(204);
  };
  return { asked, client: createNunchiClient({ baseUrl: "https://api.example", fetch }) };
}

test("a write is sent again after a refresh, with the token that its answer told", async () => {
  const { asked, client } = api();
  const { response } = await client.POST("/api/auth/logout");
  assert.equal(response.status, 204);
  assert.deepEqual(asked, [
    "POST /api/auth/logout -",
    "POST /api/auth/refresh -",
    "POST /api/auth/logout told",
  ]);
});

test("what is asked at once waits for one refresh", async () => {
  const { asked, client } = api();
  const answers = await Promise.all([client.GET("/api/users/me"), client.GET("/api/watchlists")]);
  assert.deepEqual(answers.map(({ response }) => response.status), [200, 200]);
  assert.equal(asked.filter((one) => one.includes("/refresh")).length, 1);
});

test("a login that has ended stays ended, and a wrong password refreshes nothing", async () => {
  const { asked, client } = api({ refreshes: false });
  const me = await client.GET("/api/users/me");
  const login = await client.POST("/api/auth/login", { body: { email: "a@b.example", password: "wrong" } });
  assert.deepEqual([me.response.status, login.response.status], [401, 401]);
  assert.equal(asked.length, 3);
});

/** An API whose cookies hold, but whose page was loaded anew, at another origin: it knows no CSRF token. */
function reloaded(refusal) {
  const asked = [];
  const fetch = async (request) => {
    const { pathname } = new URL(request.url);
    const sent = request.headers.get("X-CSRF-Token");
    asked.push(`${pathname} ${sent ?? "-"}`);
    if (pathname.endsWith("/auth/refresh")) return new Response(JSON.stringify(SIGNED_IN));
    return sent === "told" ? new Response(null, { status: 204 }) : refusal();
  };
  return { asked, client: createNunchiClient({ baseUrl: "https://api.example", fetch }) };
}

const problem = (code) => () => new Response(JSON.stringify({ code }), { status: 403 });
const rename = (client) => client.PATCH("/api/users/me", { body: { nickname: "new" } });

test("a page that was never told its CSRF token asks for one and writes again", async () => {
  const { asked, client } = reloaded(problem("csrf"));
  assert.equal((await rename(client)).response.status, 204);
  assert.deepEqual(asked, ["/api/users/me -", "/api/auth/refresh -", "/api/users/me told"]);
});

test("what a role or a proxy forbids is no reason to refresh", async () => {
  for (const refusal of [problem("forbidden"), () => new Response("<html>", { status: 403 })]) {
    const { asked, client } = reloaded(refusal);
    assert.equal((await rename(client)).response.status, 403);
    assert.deepEqual(asked, ["/api/users/me -"]);
  }
});

test("one client's CSRF token is not another's", async () => {
  const one = reloaded(problem("csrf"));
  const other = reloaded(problem("forbidden"));
  await rename(one.client);
  assert.equal((await rename(other.client)).response.status, 403);
  assert.deepEqual(other.asked, ["/api/users/me -"]);
});
