/** Prints the newest headlines: `node examples/headlines.ts http://127.0.0.1:8000` */
import { createNunchiClient, type Problem, type Schemas } from "../src/client.ts";

declare const process: { argv: string[]; exitCode: number };

function told(problem: Problem): string {
  return `${problem.code}: ${problem.detail}`;
}

function headline(article: Schemas["ArticleLine"]): string {
  return `${article.known_at} ${article.title}`;
}

const client = createNunchiClient({
  baseUrl: process.argv[2] ?? "http://127.0.0.1:8000",
  token: () => undefined,
  language: "en",
});

let cursor: string | undefined;
do {
  const { data, error } = await client.GET("/api/articles", {
    params: { query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
  });
  if (error !== undefined) {
    console.error(told(error));
    process.exitCode = 1;
    break;
  }
  for (const article of data.items) console.log(headline(article));
  cursor = data.next_cursor ?? undefined;
} while (cursor !== undefined);
