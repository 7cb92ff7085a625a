// A client as its user would write one: who is there, ask one, ask all, wait for the answer.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";
const client = createClient<paths>({ baseUrl: process.argv[2], headers: { "X-API-Key": process.argv[3] } });
const { data: page } = await client.GET("/personas");
const text = "We are raising prices by $5 a month.";
const lever: components["schemas"]["PriceChange"] = { kind: "price_change", amount_dollars: 5 };
const asked: string[] = [];
for (const scenario of [text, { text }]) {
  const { data: reaction } = await client.POST("/personas/{persona_or_segment_id}/ask", {
    params: { path: { persona_or_segment_id: page!.items[0].persona_id } },
    body: { scenario },
  });
  asked.push("likely_action" in reaction! ? JSON.stringify(reaction.action_probabilities) : "none");
}
const { data: started } = await client.POST("/simulations", { body: { scenario: text } });
let now = started!;
while (!now.done) {
  await new Promise((done) => setTimeout(done, 200));
  now = (await client.GET("/simulations/{simulation_id}", { params: { path: { simulation_id: now.id } } })).data!;
}
const { data: second } = await client.POST("/simulations", {
  params: { query: { wait: 60 } },
  body: { scenarios: [text, { text, levers: [lever] }], panel: { segments: ["S1"] } },
});
const { data: listed } = await client.GET("/simulations");
const { data: file } = await client.GET("/simulations/{simulation_id}/export", {
  params: { path: { simulation_id: now.id }, query: { format: "csv" } },
  parseAs: "text",
});
// A name that no scenario has does not compile.
// @ts-expect-error
const _: components["schemas"]["SimulationBody"] = { scenario: { txt: text } };
console.log(
  page!.items.length, asked[0] === asked[1], now.state, now.counts.done, second!.counts.done,
  listed!.items.some((item) => item.id === now.id), file!.split("\n").length > 8,
);
