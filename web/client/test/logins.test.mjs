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
